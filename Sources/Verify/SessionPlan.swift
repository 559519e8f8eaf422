import CRIUImages
import Checkpoint

/// How CRIU brings tasks into sessions (prepare_pstree_ids in criu/pstree.c): a session can only be
/// entered by being born in it, so that CRIU has to find who forks whom, and when.
struct SessionPlan {
  /// Why CRIU gives up.
  enum Failure: Hashable {
    /// No ancestor leads the session.
    case noLeader
    /// The task would have to be forked in two sessions.
    case twoSessions(UInt32, UInt32)
  }

  private struct Node {
    var parent: UInt32?
    var sid: UInt32
    var bornSid: UInt32?
  }

  private var nodes: [UInt32: Node] = [:]

  /// The first task that cannot be born where it belongs.
  static func failure(in tasks: [Processes.Task]) -> (task: Processes.Task, failure: Failure)? {
    guard let root = tasks.first(where: { $0.entry.ppid == 0 }) else { return nil }
    var plan = SessionPlan(tasks)
    plan.addHelpers(tasks, root)
    for task in tasks where task.entry.ppid != 0 {
      if let failure = plan.trace(task) { return (task, failure) }
    }
    return nil
  }

  private init(_ tasks: [Processes.Task]) {
    for task in tasks {
      nodes[task.pid] = Node(
        parent: task.entry.ppid == 0 ? nil : task.entry.ppid, sid: task.entry.sid)
    }
  }

  /// Children of the root in a session that is neither their own nor the root's were adopted by it.
  /// A helper stands in for the parent that is gone: the leader of the session if that is gone, too,
  /// or else a child of the leader.
  private mutating func addHelpers(_ tasks: [Processes.Task], _ root: Processes.Task) {
    var helpers: [UInt32: UInt32] = [:]
    for task in tasks where task.entry.ppid == root.pid {
      let sid = task.entry.sid
      guard sid != root.entry.sid, sid != task.pid else { continue }
      if helpers[sid] == nil {
        let isLeaderGone = nodes[sid] == nil
        // A number that no task can have; CRIU takes a free one.
        let helper = isLeaderGone ? sid : .max - UInt32(helpers.count)
        nodes[helper] = Node(parent: isLeaderGone ? root.pid : sid, sid: sid)
        helpers[sid] = helper
      }
      nodes[task.pid]?.parent = helpers[sid]
    }
  }

  private mutating func trace(_ task: Processes.Task) -> Failure? {
    let sid = task.entry.sid
    guard sid != task.pid, var ancestor = nodes[task.pid]?.parent,
      nodes[ancestor]?.sid != sid
    else { return nil }
    // A cycle is not possible where every parent comes before its children; count to be sure.
    for _ in 0...nodes.count {
      if ancestor == sid { return nil }
      if let other = nodes[ancestor]?.bornSid, other != sid { return .twoSessions(other, sid) }
      nodes[ancestor]?.bornSid = sid
      guard let parent = nodes[ancestor]?.parent else { return .noLeader }
      ancestor = parent
    }
    return .noLeader
  }
}
