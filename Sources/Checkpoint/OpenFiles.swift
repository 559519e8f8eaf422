public import CRIUImages
public import SwiftProtobuf

/// The open files that `files.img` lists, and the tables of descriptors that hold them.
public struct OpenFiles: Sendable {
  public struct File: Sendable {
    public let entry: FileEntry
    public let record: ImageRecord

    public var id: UInt32 { entry.id }
    public var type: FileType? { entry.fileType }
  }

  public struct Descriptor: Sendable {
    public let entry: FdinfoEntry
    public let record: ImageRecord
  }

  /// In stored order.
  public let files: [File]
  /// Descriptors by the number of their table, `ids.files_id`; a table without image is missing.
  public let tables: [UInt32: [Descriptor]]

  public init(_ images: ImageSet) {
    files = (images[.files]?.messages(FileEntry.self) ?? []).map { File(entry: $1, record: $0) }
    var tables: [UInt32: [Descriptor]] = [:]
    for image in images.all(.fdinfo) {
      tables[UInt32(truncatingIfNeeded: image.name.id)] = image.messages(FdinfoEntry.self)
        .map { Descriptor(entry: $1, record: $0) }
    }
    self.tables = tables
  }

  /// The files of one kind, with their records.
  public func all<M: FileContent>(_ type: M.Type = M.self) -> [(record: ImageRecord, content: M)] {
    files.compactMap { file in (file.entry.content as? M).map { (file.record, $0) } }
  }

  public func ids(of type: FileType) -> Set<UInt32> {
    Set(files.lazy.filter { $0.type == type }.map(\.id))
  }
}

/// What `files.img` says about a file, by its kind.
public protocol FileContent: Message {
  var id: UInt32 { get }
}

extension RegFileEntry: FileContent {}
extension PipeEntry: FileContent {}
extension FifoEntry: FileContent {}
extension InetSkEntry: FileContent {}
extension UnixSkEntry: FileContent {}
extension EventfdFileEntry: FileContent {}
extension EventpollFileEntry: FileContent {}
extension InotifyFileEntry: FileContent {}
extension SignalfdEntry: FileContent {}
extension PacketSockEntry: FileContent {}
extension TtyFileEntry: FileContent {}
extension FanotifyFileEntry: FileContent {}
extension NetlinkSkEntry: FileContent {}
extension NsFileEntry: FileContent {}
extension TunfileEntry: FileContent {}
extension ExtFileEntry: FileContent {}
extension TimerfdEntry: FileContent {}
extension MemfdFileEntry: FileContent {}
extension BpfmapFileEntry: FileContent {}
extension PidfdEntry: FileContent {}

extension FileEntry {
  /// The member that belongs to the type; CRIU looks at no other.
  public var content: (any FileContent)? {
    switch fileType {
    case .regular: hasReg ? reg : nil
    case .pipe: hasPipe ? pipe : nil
    case .fifo: hasFifo ? fifo : nil
    case .inetSocket: hasIsk ? isk : nil
    case .unixSocket: hasUsk ? usk : nil
    case .eventfd: hasEfd ? efd : nil
    case .eventpoll: hasEpfd ? epfd : nil
    case .inotify: hasIfy ? ify : nil
    case .signalfd: hasSgfd ? sgfd : nil
    case .packetSocket: hasPsk ? psk : nil
    case .tty: hasTty ? tty : nil
    case .fanotify: hasFfy ? ffy : nil
    case .netlinkSocket: hasNlsk ? nlsk : nil
    case .namespace: hasNsf ? nsf : nil
    case .tun: hasTunf ? tunf : nil
    case .external: hasExt ? ext : nil
    case .timerfd: hasTfd ? tfd : nil
    case .memfd: hasMemfd ? memfd : nil
    case .bpfmap: hasBpf ? bpf : nil
    case .pidfd: hasPidfd ? pidfd : nil
    case nil: nil
    }
  }
}
