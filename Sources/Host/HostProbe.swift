/// Looks at this host; nothing here needs root, and no engine is started but to name its version.
public enum HostProbe {
  /// The facts about this host. `paths` are looked for one by one, beside what is always listed.
  public static func run(paths: some Sequence<String> = EmptyCollection<String>()) -> HostFacts {
    var unknown: [HostFacts.Unknown] = []
    var facts = HostFacts(name: names().node, kernel: kernel(&unknown))
    facts.processor = processor(facts.kernel.machine, &unknown)
    facts.controlGroups = controlGroups(&unknown)
    let tools = tools(&unknown)
    facts.tools = tools
    facts.images = tools["podman"] == nil ? nil : images(&unknown)
    facts.network = network(&unknown)
    facts.paths = listing(&unknown)
    facts.unknown = unknown
    return adding(paths, to: facts)
  }

  /// Facts about this host with more paths: nothing else of it is probed again.
  public static func adding(_ paths: some Sequence<String>, to facts: HostFacts) -> HostFacts {
    var facts = facts
    look(for: paths, in: &facts.paths, &facts.unknown)
    return facts
  }
}
