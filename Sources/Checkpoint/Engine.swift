/// The container engines whose archives are known (archive contract, §1).
public enum Engine: String, Sendable, Hashable, CaseIterable {
  case podman
  case criO = "cri-o"
  case containerd
  case docker
}

extension Engine: CustomStringConvertible {
  public var description: String {
    switch self {
    case .podman: "Podman"
    case .criO: "CRI-O"
    case .containerd: "containerd"
    case .docker: "Docker"
    }
  }
}

/// The OCI runtimes that checkpoint through CRIU.
public enum Runtime: String, Sendable, Hashable, CaseIterable {
  case runc
  case crun
}
