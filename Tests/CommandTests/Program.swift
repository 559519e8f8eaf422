import Foundation

/// The built program, as a person calls it.
enum Program {
  struct Outcome {
    /// The exit code, or minus the number of the signal that ended it.
    var status: Int32
    var output: String
    var errors: String
  }

  /// Where the tests were built.
  static let products = Bundle(for: Marker.self).bundleURL

  /// It lies beside the test bundle, but for another that CKPTMEND_PROGRAM names.
  static let location =
    ProcessInfo.processInfo.environment["CKPTMEND_PROGRAM"].map(URL.init(fileURLWithPath:))
    ?? products.appendingPathComponent("ckptmend")

  private final class Marker {}

  static func run(
    _ arguments: [String], input: String? = nil, environment: [String: String] = [:],
    in folder: String? = nil
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = location
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    process.standardInput =
      try input.map {
        try FileHandle(forReadingFrom: URL(fileURLWithPath: $0))
      } ?? FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let notes = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let status = process.terminationStatus
    return Outcome(
      status: process.terminationReason == .exit ? status : -status, output: text, errors: notes)
  }
}
