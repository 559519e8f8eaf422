import Archive
public import CRIUImages
public import Checkpoint

/// What must be known before a rule can say anything.
public enum Need: Sendable, Hashable {
  /// The archive was read to its end: an absence means something.
  case wholeArchive
  /// The layout is an engine's archive.
  case container
  /// Images lie somewhere, whatever the engine.
  case images
  /// The image of a type that has one file is there and readable.
  case image(ImageType)
  /// A document is there and is JSON.
  case document(Document.Kind)
  /// Facts about the host where it is to be restored.
  case host
  /// The root file system that it is restored into.
  case root
  /// The checkpoint is judged for one of these engines.
  case engine(Set<Engine>)
}

/// Whether a rule can be applied.
public enum Availability: Sendable, Hashable {
  case present
  /// The rule says nothing about such a checkpoint.
  case notApplicable
  /// It would, but what it needs is missing or damaged; the finding about that is another rule's.
  case missing(String)
}

extension Rule {
  func availability(in subject: Subject) -> Availability {
    var missing: Availability?
    for need in needs {
      switch need.availability(in: subject) {
      case .notApplicable: return .notApplicable
      case .missing(let reason): missing = missing ?? .missing(reason)
      case .present: break
      }
    }
    return missing ?? .present
  }
}

extension Need {
  func availability(in subject: Subject) -> Availability {
    let checkpoint = subject.checkpoint
    switch self {
    case .wholeArchive:
      guard let damage = checkpoint.damage else { return .present }
      let last = damage.lastGood.map { "after \($0)" } ?? "before its first entry"
      return .missing("the archive cannot be read \(last)")
    case .container: return checkpoint.layout.hasDocuments ? .present : .notApplicable
    case .images:
      switch checkpoint.layout {
      case .container, .docker, .images:
        return checkpoint.images.isEmpty ? .missing("there are no images") : .present
      default: return .notApplicable
      }
    case .image(let type):
      let images = Need.images.availability(in: subject)
      guard images == .present else { return images }
      let name = ImageName(type)
      guard let image = checkpoint.images[name] else { return .missing("\(name) is missing") }
      return image.fault == nil ? .present : .missing("\(name) is not readable")
    case .document(let kind):
      guard let stored = checkpoint[checkpoint.path(of: kind)] else {
        let isExpected = checkpoint.layout.hasDocuments && [.spec, .config].contains(kind)
        return isExpected ? .missing("\(kind.rawValue) is missing") : .notApplicable
      }
      guard case .document(let document) = stored.content else {
        return .missing("\(kind.rawValue) was not read")
      }
      return document.root == nil ? .missing("\(kind.rawValue) is not valid JSON") : .present
    case .host: return subject.host == nil ? .notApplicable : .present
    case .root: return subject.rootFilesystem == nil ? .notApplicable : .present
    case .engine(let engines):
      guard let engine = subject.engine else { return .notApplicable }
      return engines.contains(engine) ? .present : .notApplicable
    }
  }
}
