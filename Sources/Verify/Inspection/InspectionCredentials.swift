import CRIUImages

extension Dump.Process {
  /// What a process may do, as whom.
  public struct Credentials: Sendable, Hashable, Encodable {
    public var effectiveUID: UInt32
    public var effectiveGID: UInt32
    public var savedUID: UInt32
    public var savedGID: UInt32
    public var filesystemUID: UInt32
    public var filesystemGID: UInt32
    public var groups: [UInt32]
    /// Sets of capabilities as hexadecimal numbers, as in `/proc/PID/status`.
    public var inheritable: String
    public var permitted: String
    public var effective: String
    public var bounding: String
    public var ambient: String
    public var securityBits: UInt32
    public var noNewPrivileges: Bool
    /// The label of SELinux or the profile of AppArmor.
    public var profile: String?

    init(_ entry: CredsEntry) {
      effectiveUID = entry.euid
      effectiveGID = entry.egid
      savedUID = entry.suid
      savedGID = entry.sgid
      filesystemUID = entry.fsuid
      filesystemGID = entry.fsgid
      groups = entry.groups
      inheritable = Self.set(entry.capInh)
      permitted = Self.set(entry.capPrm)
      effective = Self.set(entry.capEff)
      bounding = Self.set(entry.capBnd)
      ambient = Self.set(entry.capAmb)
      securityBits = entry.secbits
      noNewPrivileges = entry.noNewPrivs != 0
      profile = entry.hasLsmProfile ? shown(name: entry.lsmProfile) : nil
    }

    /// Words of 32 bits, the lowest first. There are two; a damaged image may have any number.
    private static func set(_ words: [UInt32]) -> String {
      words.prefix(2).reversed().map { word in
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
      }.joined()
    }
  }
}
