import CRIUImages
import Checkpoint
import Documents

extension Subject {
  /// What a person should know before trusting an inspection. Of many only the first are told.
  var gaps: [String] {
    let limit = 50
    let gaps = documentGaps + imageGaps
    return gaps.count <= limit
      ? gaps : gaps.prefix(limit) + ["\(gaps.count - limit) more are missing or damaged"]
  }

  private var documentGaps: [String] {
    guard checkpoint.layout.hasDocuments else { return [] }
    return [Document.Kind.spec, .config].compactMap { kind in
      let name = kind.rawValue
      guard let stored = checkpoint[name] else { return "\(name) is missing" }
      switch stored.content {
      case .document(let document):
        switch document.result {
        case .success(let content):
          return content.root.kind == .object ? nil : "\(name) is no JSON object"
        case .failure(let fault): return "\(name) is no JSON: \(fault)"
        }
      case .refused(let have, let limit):
        return "\(name) was not read: it has \(have) bytes, and \(limit) are allowed"
      case .opaque, .image, .nested: return "\(name) is no regular file"
      }
    }
  }

  private var imageGaps: [String] {
    if checkpoint.layout == .preDump { return [] }
    let images = checkpoint.images
    var needed: Set = [ImageName(.inventory), ImageName(.pstree)]
    if images[.regFiles] == nil { needed.insert(ImageName(.files)) }
    needed.formUnion(imagesRead.required)
    for pagemap in memory.pagemaps where pagemap.summary.presentEntries > 0 {
      needed.insert(pagemap.pages)
    }
    let missing = needed.sorted().filter { images[$0] == nil }.map { name in
      checkpoint.contains(checkpoint.path(of: name))
        ? "\(name) was not read" : "\(name) is missing"
    }
    let damaged = images.names.compactMap { name in
      images[name]?.fault.map { "\(name) is damaged: \($0)" }
    }
    return missing + damaged
  }
}
