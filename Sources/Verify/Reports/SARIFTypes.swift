/// The objects of SARIF 2.1.0 that we write; names and nesting are the standard's
/// (https://docs.oasis-open.org/sarif/sarif/v2.1.0/).
enum SARIF {
  struct Message: Encodable {
    var text: String
  }

  struct Driver: Encodable {
    var name = Report.Tool().name
    var version = Report.toolVersion
    var semanticVersion = Report.toolVersion
    var rules: [Descriptor]
  }

  struct Tool: Encodable {
    var driver: Driver
  }

  /// A reportingDescriptor.
  struct Descriptor: Encodable {
    struct Configuration: Encodable {
      var level: String
    }

    struct Properties: Encodable {
      var tags: [String]
      var since: String?
      var consequence: String?
    }

    var id: String
    var name: String
    var shortDescription: Message
    var fullDescription: Message
    var help: Message
    var defaultConfiguration: Configuration
    var properties: Properties
  }

  struct Result: Encodable {
    struct Properties: Encodable {
      var verdict: String
      var consequence: String?
      var evidence: [String: Evidence]?
    }

    var ruleId: String
    var ruleIndex: Int
    var level: String
    var message: Message
    var locations: [Location]
    var partialFingerprints: [String: String]
    /// Absent where nothing is suppressed: an empty list would say that somebody looked.
    var suppressions: [Suppression]?
    var properties: Properties
  }

  struct Suppression: Encodable {
    var kind = "external"
    var status = "accepted"
    var justification: String
  }

  struct Location: Encodable {
    var physicalLocation: PhysicalLocation
    var logicalLocations: [LogicalLocation]?
  }

  struct PhysicalLocation: Encodable {
    var artifactLocation: ArtifactLocation
    var region: Region?
  }

  struct Region: Encodable {
    var startLine: Int
  }

  struct ArtifactLocation: Encodable {
    var uri: String
  }

  struct LogicalLocation: Encodable {
    var name: String
    var fullyQualifiedName: String
    var kind: String
  }

  struct Notification: Encodable {
    var level: String
    var message: Message
    var locations: [Location]
  }

  struct Invocation: Encodable {
    var executionSuccessful: Bool
    var exitCode: Int32
    var toolExecutionNotifications: [Notification]?
    var toolConfigurationNotifications: [Notification]?
  }
}
