public import Documents

/// A JSON document of a checkpoint, as far as it could be parsed.
public struct Document: Sendable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case spec = "spec.dump"
    case config = "config.dump"
    case containerStatus = "status.dump"
    case containerdStatus = "status"
    case networkStatus = "network.status"
    case deletedFiles = "deleted.files"
    case bindMounts = "bind.mounts"
    case podOptions = "pod.options"
    case descriptors = "descriptors.json"
  }

  public let kind: Kind
  public let result: Result<JSONDocument, JSONFault>

  public init(kind: Kind, bytes: [UInt8], limits: JSONLimits) {
    self.kind = kind
    do throws(JSONFault) {
      result = .success(try JSONDocument.parse(bytes, limits: limits))
    } catch {
      result = .failure(error)
    }
  }

  /// The top value, if the bytes are JSON.
  public var root: JSONValue? { (try? result.get())?.root }
}
