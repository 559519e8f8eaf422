import Glibc

/// A fault to put into a run, as faults.c takes it.
enum Fault: Hashable, Sendable {
  case error(Int32)
  /// Fewer bytes are read or written than were asked for.
  case short
  case signal(Int32)

  var text: String {
    switch self {
    case .error(let number): "errno:\(number)"
    case .short: "short"
    case .signal(let number): "signal:\(number)"
    }
  }
}

/// Which faults the calls of a kind can really have. The kinds are those of faults.c.
struct FaultCall: Sendable {
  let kind: String
  let faults: [Fault]

  private init(_ kind: String, _ errors: Int32..., short: Bool = false) {
    self.kind = kind
    faults = errors.map(Fault.error) + (short ? [.short] : [])
  }

  static let all = [
    FaultCall("open", EIO, EINTR, EACCES, EMFILE),
    FaultCall("create", EIO, ENOSPC, EDQUOT, EINTR, EACCES, EROFS, EMFILE),
    FaultCall("read", EIO, EINTR, short: true),
    FaultCall("write", EIO, ENOSPC, EDQUOT, EINTR, short: true),
    FaultCall("copy", EIO, ENOSPC, EDQUOT, EINTR, EXDEV, short: true),
    FaultCall("fsync", EIO, ENOSPC, EDQUOT, EINTR),
    FaultCall("rename", EIO, ENOSPC, EDQUOT, EACCES, EROFS),
    FaultCall("link", EIO, ENOSPC, EDQUOT, EACCES, EROFS),
    FaultCall("mkdir", EIO, ENOSPC, EDQUOT, EACCES, EROFS),
    FaultCall("unlink", EIO, EACCES, EROFS),
    FaultCall("close", EIO, ENOSPC, EDQUOT, EINTR),
    FaultCall("mmap", ENOMEM, EACCES),
    FaultCall("truncate", EIO, EINTR),
    FaultCall("chmod", EIO, EACCES, EROFS),
    FaultCall("chown", EIO, EDQUOT, EACCES, EROFS),
    FaultCall("utimens", EIO, EACCES, EROFS),
    FaultCall("setxattr", EIO, ENOSPC, EDQUOT, EACCES, EROFS),
    FaultCall("getxattr", EIO),
    FaultCall("seek", EIO),
    FaultCall("stat", EIO, EACCES),
    FaultCall("readlink", EIO, EACCES),
    FaultCall("readdir", EIO),
    FaultCall("resolve", EIO, EACCES),
    FaultCall("dup", EMFILE),
    FaultCall("lock", EINTR, EIO),
    FaultCall("memory", EMFILE, ENOMEM),
    FaultCall("pipe", EMFILE),
    FaultCall("thread", EAGAIN),
    FaultCall("allocate", ENOMEM),
  ]
}
