internal import CYaml

/// Why a text is not YAML, or not what is read of it.
struct YAMLFault: Error {
  /// From 1.
  var line: Int
  var problem: String
}

/// What libyaml's parser says of a text, in its order.
struct YAMLEvent {
  enum Kind: Equatable {
    case scalar(String)
    case sequence
    case mapping
    /// Of a sequence or a mapping.
    case end
  }

  /// The line that it starts on, from 1.
  var line: Int
  var kind: Kind

  /// How deep nodes may lie in each other: the deepest of a policy lies three deep.
  private static let depthLimit = 100

  /// The events of all documents of a text, but for where each starts and ends.
  ///
  /// An anchor gives a node that is written once many places: a few lines can stand for more than
  /// memory holds. No policy needs that, so anchors and aliases are faults.
  static func all(of text: String) throws(YAMLFault) -> [YAMLEvent] {
    // The parser holds its own address.
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count)
    defer {
      parser.deallocate()
      input.deallocate()
    }
    _ = input.initialize(from: text.utf8)
    guard yaml_parser_initialize(parser) == 1 else { throw noMemory }
    defer { yaml_parser_delete(parser) }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, input.baseAddress, input.count)

    var events: [YAMLEvent] = []
    var depth = 0
    var event = yaml_event_t()
    while true {
      guard yaml_parser_parse(parser, &event) == 1 else {
        throw fault(of: parser.pointee, in: text)
      }
      defer { yaml_event_delete(&event) }
      if event.type == YAML_STREAM_END_EVENT { return events }
      let line = event.start_mark.line + 1
      guard !isShared(event) else {
        throw YAMLFault(
          line: line, problem: "anchors (&) and aliases (*) are not read; write it out")
      }
      guard let kind = kind(of: event) else { continue }
      events.append(YAMLEvent(line: line, kind: kind))
      switch kind {
      case .scalar: break
      case .sequence, .mapping: depth += 1
      case .end: depth -= 1
      }
      guard depth <= depthLimit else {
        throw YAMLFault(line: line, problem: "more than \(depthLimit) nodes lie in each other")
      }
    }
  }

  private static func isShared(_ event: yaml_event_t) -> Bool {
    switch event.type {
    case YAML_ALIAS_EVENT: true
    case YAML_SCALAR_EVENT: event.data.scalar.anchor != nil
    case YAML_SEQUENCE_START_EVENT: event.data.sequence_start.anchor != nil
    case YAML_MAPPING_START_EVENT: event.data.mapping_start.anchor != nil
    default: false
    }
  }

  private static func kind(of event: yaml_event_t) -> Kind? {
    switch event.type {
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      return .scalar(
        String(
          decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self))
    case YAML_SEQUENCE_START_EVENT: return .sequence
    case YAML_MAPPING_START_EVENT: return .mapping
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return .end
    default: return nil
    }
  }

  private static let noMemory = YAMLFault(line: 1, problem: "there is no memory to read it")

  private static func fault(of parser: yaml_parser_t, in text: String) -> YAMLFault {
    guard let problem = parser.problem, parser.error != YAML_MEMORY_ERROR else { return noMemory }
    // A byte that is not text has an offset and no mark.
    let line =
      parser.error == YAML_READER_ERROR
      ? text.utf8.prefix(parser.problem_offset).count { $0 == 0x0A } : parser.problem_mark.line
    return YAMLFault(line: line + 1, problem: "not YAML: \(String(cString: problem))")
  }
}
