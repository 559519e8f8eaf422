internal import SwiftProtobuf

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What the generated code calls. proto2 stores a singular field in an optional; the variants for
/// proto3, and the kinds of field no image uses, follow the same rules.
extension StrictDecoder: Decoder {
  mutating func handleConflictingOneOf() throws { throw fault(.unsupportedField) }

  mutating func nextFieldNumber() throws -> Int? { try nextField() }

  mutating func decodeSingularInt32Field(value: inout Int32) throws {
    value = try Int32(truncatingIfNeeded: varint())
  }

  mutating func decodeSingularInt32Field(value: inout Int32?) throws {
    value = try Int32(truncatingIfNeeded: varint())
  }

  mutating func decodeRepeatedInt32Field(value: inout [Int32]) throws {
    try varints { value.append(Int32(truncatingIfNeeded: $0)) }
  }

  mutating func decodeSingularInt64Field(value: inout Int64) throws {
    value = try Int64(bitPattern: varint())
  }

  mutating func decodeSingularInt64Field(value: inout Int64?) throws {
    value = try Int64(bitPattern: varint())
  }

  mutating func decodeRepeatedInt64Field(value: inout [Int64]) throws {
    try varints { value.append(Int64(bitPattern: $0)) }
  }

  mutating func decodeSingularUInt32Field(value: inout UInt32) throws {
    value = try UInt32(truncatingIfNeeded: varint())
  }

  mutating func decodeSingularUInt32Field(value: inout UInt32?) throws {
    value = try UInt32(truncatingIfNeeded: varint())
  }

  mutating func decodeRepeatedUInt32Field(value: inout [UInt32]) throws {
    try varints { value.append(UInt32(truncatingIfNeeded: $0)) }
  }

  mutating func decodeSingularUInt64Field(value: inout UInt64) throws {
    value = try varint()
  }

  mutating func decodeSingularUInt64Field(value: inout UInt64?) throws {
    value = try varint()
  }

  mutating func decodeRepeatedUInt64Field(value: inout [UInt64]) throws {
    try varints { value.append($0) }
  }

  mutating func decodeSingularSInt32Field(value: inout Int32) throws {
    value = try Self.zigzag32(varint())
  }

  mutating func decodeSingularSInt32Field(value: inout Int32?) throws {
    value = try Self.zigzag32(varint())
  }

  mutating func decodeRepeatedSInt32Field(value: inout [Int32]) throws {
    try varints { value.append(Self.zigzag32($0)) }
  }

  mutating func decodeSingularSInt64Field(value: inout Int64) throws {
    value = try Self.zigzag64(varint())
  }

  mutating func decodeSingularSInt64Field(value: inout Int64?) throws {
    value = try Self.zigzag64(varint())
  }

  mutating func decodeRepeatedSInt64Field(value: inout [Int64]) throws {
    try varints { value.append(Self.zigzag64($0)) }
  }

  mutating func decodeSingularFixed32Field(value: inout UInt32) throws {
    value = try fixed(UInt32.self, .fixed32)
  }

  mutating func decodeSingularFixed32Field(value: inout UInt32?) throws {
    value = try fixed(UInt32.self, .fixed32)
  }

  mutating func decodeRepeatedFixed32Field(value: inout [UInt32]) throws {
    try fixeds(UInt32.self, .fixed32) { value.append($0) }
  }

  mutating func decodeSingularFixed64Field(value: inout UInt64) throws {
    value = try fixed(UInt64.self, .fixed64)
  }

  mutating func decodeSingularFixed64Field(value: inout UInt64?) throws {
    value = try fixed(UInt64.self, .fixed64)
  }

  mutating func decodeRepeatedFixed64Field(value: inout [UInt64]) throws {
    try fixeds(UInt64.self, .fixed64) { value.append($0) }
  }

  mutating func decodeSingularSFixed32Field(value: inout Int32) throws {
    value = try fixed(Int32.self, .fixed32)
  }

  mutating func decodeSingularSFixed32Field(value: inout Int32?) throws {
    value = try fixed(Int32.self, .fixed32)
  }

  mutating func decodeRepeatedSFixed32Field(value: inout [Int32]) throws {
    try fixeds(Int32.self, .fixed32) { value.append($0) }
  }

  mutating func decodeSingularSFixed64Field(value: inout Int64) throws {
    value = try fixed(Int64.self, .fixed64)
  }

  mutating func decodeSingularSFixed64Field(value: inout Int64?) throws {
    value = try fixed(Int64.self, .fixed64)
  }

  mutating func decodeRepeatedSFixed64Field(value: inout [Int64]) throws {
    try fixeds(Int64.self, .fixed64) { value.append($0) }
  }

  mutating func decodeSingularFloatField(value: inout Float) throws {
    value = Float(bitPattern: try fixed(UInt32.self, .fixed32))
  }

  mutating func decodeSingularFloatField(value: inout Float?) throws {
    value = Float(bitPattern: try fixed(UInt32.self, .fixed32))
  }

  mutating func decodeRepeatedFloatField(value: inout [Float]) throws {
    try fixeds(UInt32.self, .fixed32) { value.append(Float(bitPattern: $0)) }
  }

  mutating func decodeSingularDoubleField(value: inout Double) throws {
    value = Double(bitPattern: try fixed(UInt64.self, .fixed64))
  }

  mutating func decodeSingularDoubleField(value: inout Double?) throws {
    value = Double(bitPattern: try fixed(UInt64.self, .fixed64))
  }

  mutating func decodeRepeatedDoubleField(value: inout [Double]) throws {
    try fixeds(UInt64.self, .fixed64) { value.append(Double(bitPattern: $0)) }
  }

  mutating func decodeSingularBoolField(value: inout Bool) throws {
    value = boolean()
  }

  mutating func decodeSingularBoolField(value: inout Bool?) throws {
    value = boolean()
  }

  mutating func decodeRepeatedBoolField(value: inout [Bool]) throws {
    guard field.wireType == .lengthDelimited else { return value.append(boolean()) }
    try varints { value.append($0 != 0) }
  }

  mutating func decodeSingularStringField(value: inout String) throws {
    value = String(decoding: try content(), as: UTF8.self)
  }

  mutating func decodeSingularStringField(value: inout String?) throws {
    value = String(decoding: try content(), as: UTF8.self)
  }

  mutating func decodeRepeatedStringField(value: inout [String]) throws {
    value.append(String(decoding: try content(), as: UTF8.self))
  }

  mutating func decodeSingularBytesField(value: inout Data) throws {
    value = Data(try content())
  }

  mutating func decodeSingularBytesField(value: inout Data?) throws {
    value = Data(try content())
  }

  mutating func decodeRepeatedBytesField(value: inout [Data]) throws {
    value.append(Data(try content()))
  }

  mutating func decodeSingularMessageField<M: Message>(value: inout M?) throws {
    field.isKnown = true
    try expect(.lengthDelimited)
    let isFresh = value == nil
    // Taken out, so that merging does not copy what is there already.
    var message = value.take() ?? M()
    try decodeNested(into: &message, isFresh: isFresh)
    value = message
  }

  mutating func decodeRepeatedMessageField<M: Message>(value: inout [M]) throws {
    field.isKnown = true
    try expect(.lengthDelimited)
    var message = M()
    try decodeNested(into: &message, isFresh: true)
    value.append(message)
  }

  // The schemas declare enumerations as integers, so that values of a newer CRIU are kept, and have
  // neither groups, maps nor extensions.

  mutating func decodeSingularEnumField<E: Enum>(value: inout E) throws {
    throw fault(.unsupportedField)
  }

  mutating func decodeSingularEnumField<E: Enum>(value: inout E?) throws {
    throw fault(.unsupportedField)
  }

  mutating func decodeRepeatedEnumField<E: Enum>(value: inout [E]) throws {
    throw fault(.unsupportedField)
  }

  mutating func decodeSingularGroupField<G: Message>(value: inout G?) throws {
    throw fault(.unsupportedField)
  }

  mutating func decodeRepeatedGroupField<G: Message>(value: inout [G]) throws {
    throw fault(.unsupportedField)
  }

  mutating func decodeMapField<KeyType, ValueType: MapValueType>(
    fieldType: _ProtobufMap<KeyType, ValueType>.Type,
    value: inout _ProtobufMap<KeyType, ValueType>.BaseType
  ) throws {
    throw fault(.unsupportedField)
  }

  mutating func decodeMapField<KeyType, ValueType>(
    fieldType: _ProtobufEnumMap<KeyType, ValueType>.Type,
    value: inout _ProtobufEnumMap<KeyType, ValueType>.BaseType
  ) throws where ValueType.RawValue == Int {
    throw fault(.unsupportedField)
  }

  mutating func decodeMapField<KeyType, ValueType>(
    fieldType: _ProtobufMessageMap<KeyType, ValueType>.Type,
    value: inout _ProtobufMessageMap<KeyType, ValueType>.BaseType
  ) throws {
    throw fault(.unsupportedField)
  }

  mutating func decodeExtensionField(
    values: inout ExtensionFieldValueSet, messageType: any Message.Type, fieldNumber: Int
  ) throws {
    throw fault(.unsupportedField)
  }
}
