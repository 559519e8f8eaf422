#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

// Names and paths are bytes in the schemas: Linux lets them be any, and protobuf-c does not check.

extension Data {
  /// A name as CRIU takes it: its strings end at the first NUL. What is not UTF-8 is replaced, so
  /// this is for reading, not for comparing.
  fileprivate var text: String { String(decoding: prefix { $0 != 0 }, as: UTF8.self) }
}

extension MntEntry {
  public var rootText: String { root.text }
  public var mountpointText: String { mountpoint.text }
  public var sourceText: String { source.text }
  public var optionsText: String { options.text }
  public var fsnameText: String? { hasFsname ? fsname.text : nil }
  public var extKeyText: String? { hasExtKey ? extKey.text : nil }
}

extension RegFileEntry {
  public var nameText: String { name.text }
}

extension MemfdInodeEntry {
  public var nameText: String { name.text }
}

extension TaskCoreEntry {
  public var commText: String { comm.text }
}

extension ThreadCoreEntry {
  public var commText: String? { hasComm ? comm.text : nil }
}

extension CredsEntry {
  public var lsmProfileText: String? { hasLsmProfile ? lsmProfile.text : nil }
}

extension InventoryEntry {
  public var dumpCriuRunIDText: String? { hasDumpCriuRunID ? dumpCriuRunID.text : nil }
}

extension PluginsEntry {
  public var pluginTexts: [String] { plugins.map(\.text) }
}

extension UtsnsEntry {
  public var nodenameText: String { nodename.text }
  public var domainnameText: String { domainname.text }
}

extension PidnsEntry {
  public var extKeyText: String? { hasExtKey ? extKey.text : nil }
}

extension NetnsEntry {
  public var extKeyText: String? { hasExtKey ? extKey.text : nil }
}

extension NetDeviceEntry {
  public var nameText: String { name.text }
}

extension CgMemberEntry {
  public var nameText: String { name.text }
  public var pathText: String { path.text }
}

extension CgControllerEntry {
  public var cnameTexts: [String] { cnames.map(\.text) }
}

extension CgroupDirEntry {
  public var dirNameText: String { dirName.text }
}
