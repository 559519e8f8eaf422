#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

// Names and paths are bytes in the schemas: Linux lets them be any, and protobuf-c does not check.

extension Data {
  /// A name as CRIU takes it: its strings end at the first NUL. What is not UTF-8 is replaced, so
  /// this is for reading, not for comparing.
  fileprivate var text: String {
    withUnsafeBytes { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
  }
}

extension MntEntry {
  /// `root` as text.
  public var rootText: String { root.text }
  /// `mountpoint` as text.
  public var mountpointText: String { mountpoint.text }
  /// `source` as text.
  public var sourceText: String { source.text }
  /// `options` as text.
  public var optionsText: String { options.text }
  /// `fsname` as text; nil if absent.
  public var fsnameText: String? { hasFsname ? fsname.text : nil }
  /// `extKey` as text; nil if absent.
  public var extKeyText: String? { hasExtKey ? extKey.text : nil }
}

extension RegFileEntry {
  /// `name` as text.
  public var nameText: String { name.text }
}

extension MemfdInodeEntry {
  /// `name` as text.
  public var nameText: String { name.text }
}

extension TaskCoreEntry {
  /// `comm` as text.
  public var commText: String { comm.text }
}

extension ThreadCoreEntry {
  /// `comm` as text; nil if absent.
  public var commText: String? { hasComm ? comm.text : nil }
}

extension CredsEntry {
  /// `lsmProfile` as text; nil if absent.
  public var lsmProfileText: String? { hasLsmProfile ? lsmProfile.text : nil }
}

extension InventoryEntry {
  /// `dumpCriuRunID` as text; nil if absent.
  public var dumpCriuRunIDText: String? { hasDumpCriuRunID ? dumpCriuRunID.text : nil }
}

extension PluginsEntry {
  /// `plugins` as text.
  public var pluginTexts: [String] { plugins.map(\.text) }
}

extension UtsnsEntry {
  /// `nodename` as text.
  public var nodenameText: String { nodename.text }
  /// `domainname` as text.
  public var domainnameText: String { domainname.text }
}

extension PidnsEntry {
  /// `extKey` as text; nil if absent.
  public var extKeyText: String? { hasExtKey ? extKey.text : nil }
}

extension NetnsEntry {
  /// `extKey` as text; nil if absent.
  public var extKeyText: String? { hasExtKey ? extKey.text : nil }
}

extension NetDeviceEntry {
  /// `name` as text.
  public var nameText: String { name.text }
}

extension CgMemberEntry {
  /// `name` as text.
  public var nameText: String { name.text }
  /// `path` as text.
  public var pathText: String { path.text }
}

extension CgControllerEntry {
  /// `cnames` as text.
  public var cnameTexts: [String] { cnames.map(\.text) }
}

extension CgroupDirEntry {
  /// `dirName` as text.
  public var dirNameText: String { dirName.text }
}
