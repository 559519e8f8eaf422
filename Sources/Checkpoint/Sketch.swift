public import Archive
public import CRIUImages
import Documents
public import SwiftProtobuf

/// A checkpoint to be, as names and bytes: what the examples of rules and the tests are made of.
/// It is read by the same loader as an archive.
public struct Sketch: Sendable {
  public struct File: Sendable {
    public var entry: Entry
    public var bytes: [UInt8]
  }

  public private(set) var files: [File] = []
  public var compression = Compression.none
  /// Damage that is pretended, as a reader would report it.
  public var damage: Damage?
  /// Permissions of the archive's file.
  public var mode: UInt32?
  /// What an OCI image around it is pretended to say.
  public var image: StoredImage?
  public var tail: Tail? = Tail(bytes: 1024, markerIsZero: true)

  public init() {}

  /// The checkpoint that a reader of these files would make.
  public var checkpoint: Checkpoint {
    let reader = ArchiveReader(entries: files.map { ($0.entry, $0.bytes) })
    guard let loaded = try? Checkpoint.load(reader, path: "sketch.tar") else {
      preconditionFailure("reading from memory failed")
    }
    return Checkpoint(
      source: Checkpoint.Source(
        path: "sketch.tar", form: .tar, compression: compression, storedSize: nil,
        mode: mode, image: image),
      entries: loaded.entries, damage: damage ?? loaded.damage, tail: tail)
  }

  // MARK: Entries

  public func adding(_ name: String, _ bytes: [UInt8] = [], kind: Entry.Kind = .file) -> Sketch {
    changed { sketch in
      let size = kind == .file ? Int64(bytes.count) : 0
      let entry = Entry(name: EntryName(name), kind: kind, size: size)
      sketch.files.append(File(entry: entry, bytes: kind == .file ? bytes : []))
    }
  }

  public func adding(_ name: String, text: String) -> Sketch { adding(name, Array(text.utf8)) }

  public func removing(_ names: String...) -> Sketch {
    changed { sketch in sketch.files.removeAll { names.contains($0.entry.name.path) } }
  }

  public func removing(below folder: String) -> Sketch {
    changed { sketch in sketch.files.removeAll { $0.entry.name.path.hasPrefix(folder + "/") } }
  }

  /// Every entry below one more folder.
  public func wrapped(in folder: String) -> Sketch {
    changed { sketch in
      for index in sketch.files.indices {
        let name = sketch.files[index].entry.name.path
        sketch.files[index].entry.name = EntryName("\(folder)/\(name)")
      }
    }
  }

  public func replacing(_ name: String, _ bytes: [UInt8]) -> Sketch {
    editing(name) { file in file.bytes = bytes }
  }

  public func replacing(_ name: String, text: String) -> Sketch {
    replacing(name, Array(text.utf8))
  }

  /// Cuts bytes off the end, or adds zeros.
  public func resizing(_ name: String, by delta: Int) -> Sketch {
    editing(name) { file in
      if delta < 0 {
        file.bytes.removeLast(min(-delta, file.bytes.count))
      } else {
        file.bytes += [UInt8](repeating: 0, count: delta)
      }
    }
  }

  /// Changes one entry; its size follows its bytes.
  public func editing(_ name: String, _ edit: (inout File) -> Void) -> Sketch {
    changed { sketch in
      for index in sketch.files.indices where sketch.files[index].entry.name.path == name {
        edit(&sketch.files[index])
        if sketch.files[index].entry.kind == .file {
          sketch.files[index].entry.size = Int64(sketch.files[index].bytes.count)
        }
      }
    }
  }

  /// Makes a header lie about its entry's size.
  public func claiming(_ name: String, size: Int64) -> Sketch {
    changed { sketch in
      for index in sketch.files.indices where sketch.files[index].entry.name.path == name {
        sketch.files[index].entry.size = size
      }
    }
  }

  public func with(_ edit: (inout Sketch) -> Void) -> Sketch { changed(edit) }

  // MARK: Documents

  /// Replaces the value at a JSON pointer; `text` is JSON.
  public func setting(_ name: String, _ pointer: String, to text: String) -> Sketch {
    editingDocument(name) { document in
      let parent = String(pointer[..<(pointer.lastIndex(of: "/") ?? pointer.startIndex)])
      guard let content = try? JSONDocument.parse(Array(text.utf8)).root,
        let target = document.value(at: parent)
      else {
        return nil
      }
      if let value = document.value(at: pointer) {
        return .replace(value, with: .copy(of: content))
      }
      let key = String(pointer.dropFirst(parent.count + 1))
      return target.kind == .array
        ? .append(.copy(of: content), to: target) : .set(key, to: .copy(of: content), in: target)
    }
  }

  /// Removes the value at a JSON pointer.
  public func unsetting(_ name: String, _ pointer: String) -> Sketch {
    editingDocument(name) { document in document.value(at: pointer).map { .remove($0) } }
  }

  private func editingDocument(_ name: String, _ edit: (JSONDocument) -> JSONEdit?) -> Sketch {
    editing(name) { file in
      guard let document = try? JSONDocument.parse(file.bytes), let change = edit(document),
        let bytes = try? document.applying([change])
      else { preconditionFailure("no such value in \(name)") }
      file.bytes = bytes
    }
  }

  // MARK: Images

  /// Adds or replaces an image made of these messages.
  public func image(_ name: ImageName, _ messages: [any Message], in folder: String = "checkpoint")
    -> Sketch
  {
    records(name, messages.map { ImageEncoder.Record($0) }, in: folder)
  }

  public func records(
    _ name: ImageName, _ records: [ImageEncoder.Record], in folder: String = "checkpoint"
  ) -> Sketch {
    guard let bytes = try? ImageEncoder.encode(name, records: records) else {
      preconditionFailure("cannot encode \(name)")
    }
    let path = folder.isEmpty ? name.fileName : "\(folder)/\(name.fileName)"
    return files.contains { $0.entry.name.path == path }
      ? replacing(path, bytes) : adding(path, bytes)
  }

  /// Changes the messages of an image that was made by `image`, without payloads.
  public func messages<M: Message>(
    _ name: ImageName, _ type: M.Type = M.self, _ edit: (inout [M]) -> Void
  ) -> Sketch {
    guard let image = checkpoint.images[name] else {
      preconditionFailure("no image \(name)")
    }
    var messages = image.messages(type).map(\.message)
    edit(&messages)
    return self.image(name, messages, in: checkpoint.layout.imageFolder)
  }

  private func changed(_ edit: (inout Sketch) -> Void) -> Sketch {
    var copy = self
    edit(&copy)
    return copy
  }
}

extension Sketch {
  /// A nested archive with these entries.
  public static func tar(_ files: [File], _ compression: Compression = .none) -> [UInt8] {
    guard
      let bytes = try? ArchiveBytes.make(
        files.map { ($0.entry, $0.bytes) }, compression: compression)
    else { preconditionFailure("cannot write an archive to memory") }
    return bytes
  }

  public static func file(_ name: String, _ bytes: [UInt8] = [], kind: Entry.Kind = .file) -> File {
    File(
      entry: Entry(name: EntryName(name), kind: kind, size: Int64(bytes.count)), bytes: bytes)
  }
}
