import MartletCore

/// A machine of Ray's cluster.
package struct RayNode: Sendable, Equatable {
    /// How many are asked for at once, those that are gone among them: Ray answers no more.
    package static let countMax = 10_000
    /// What a node has at most of anything, for all nodes together to be a number.
    static let amountMax = 1e14

    package let id: String
    package let address: String
    package let isAlive: Bool
    package let isHead: Bool
    /// All that it has, whether or not jobs use it now.
    package let resources: RayJob.Resources

    /// Whether a job of this size could run here, were nothing else to. Ray lets one that no node has room for wait for a quarter of an
    /// hour, for a node that may come.
    package func fits(_ job: RayJob.Resources) -> Bool {
        isAlive && job.cores <= resources.cores && job.accelerators <= resources.accelerators && job.memoryBytes <= resources.memoryBytes
            && job.others.allSatisfy { $1 <= resources.others[$0] ?? 0 }
    }

    /// - Throws: `engine` where it is not as Ray says it.
    init(_ value: JSONValue) throws {
        guard let id = value["node_id"]?.string, let state = value["state"]?.string else {
            throw MartletError(.engine, "Ray tells of a node without 'node_id' or 'state': this version of Ray is not known here")
        }
        self.id = id
        isAlive = state == "ALIVE"
        isHead = value["is_head_node"] == .boolean(true)
        address = value["node_ip"]?.string ?? ""
        let amounts = value["resources_total"]?.object?.compactMapValues(\.double).mapValues { min(max($0, 0), Self.amountMax) } ?? [:]
        resources = RayJob.Resources(
            cores: amounts["CPU"] ?? 0, accelerators: amounts["GPU"] ?? 0,
            memoryBytes: Int64(amounts["memory"] ?? 0),
            // Ray gives every node one of its own name.
            others: amounts.filter { !RayJob.Resources.reserved.contains($0.key) && !$0.key.hasPrefix("node:") })
    }
}
