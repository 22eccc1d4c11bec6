import MartletCore

/// A command that Ray runs on one node of its cluster, and what it is given there.
package struct RayJob: Sendable, Equatable {
    /// By which it is asked for; Ray takes a name once only.
    package let id: RayJobID
    /// The program and its arguments. Ray starts it in a folder of its own, so paths must be whole ones.
    package let command: [String]
    /// Added to the environment of the node. Ray's pages and its API show it: no place for secrets.
    package var environment: [String: String] = [:]
    /// Kept by Ray for those who look.
    package var metadata: [String: String] = [:]
    /// What is set aside for it. Ray only counts: it holds no program to this.
    package var resources = Resources()

    /// What a job is given. One that asks for nothing runs on the head node, beside Ray's own work.
    package struct Resources: Sendable, Equatable {
        package var cores: Double
        package var accelerators: Double
        package var memoryBytes: Int64
        /// Resources that nodes declare, by name.
        package var others: [String: Double]

        package init(cores: Double = 1, accelerators: Double = 0, memoryBytes: Int64 = 0, others: [String: Double] = [:]) {
            self.cores = cores
            self.accelerators = accelerators
            self.memoryBytes = memoryBytes
            self.others = others
        }

        /// Names that Ray keeps for itself.
        static let reserved: Set<String> = ["CPU", "GPU", "memory", "object_store_memory"]
    }

    package init(
        id: RayJobID, command: [String], environment: [String: String] = [:], metadata: [String: String] = [:],
        resources: Resources = Resources()
    ) {
        self.id = id
        self.command = command
        self.environment = environment
        self.metadata = metadata
        self.resources = resources
    }

    /// What is sent to Ray. - Throws: `invalidInput` for what Ray would take and only refuse when it comes to starting the job.
    func body() throws -> JSONValue {
        guard !command.isEmpty else {
            throw MartletError(.invalidInput, "job '\(id)' has no command: give a program and its arguments")
        }
        // A shell that gives its place to the program passes Ray's signals on and its exit status back.
        var body: [String: JSONValue] = [
            "entrypoint": .string("exec " + (try ShellQuoting.line(command))), "submission_id": .string(id.text),
            "metadata": .object(metadata.mapValues(JSONValue.string)),
        ]
        if !environment.isEmpty { body["runtime_env"] = ["env_vars": .object(environment.mapValues(JSONValue.string))] }
        try checkResources()
        body["entrypoint_num_cpus"] = .number(resources.cores)
        if resources.accelerators > 0 { body["entrypoint_num_gpus"] = .number(resources.accelerators) }
        if resources.memoryBytes > 0 { body["entrypoint_memory"] = .integer(resources.memoryBytes) }
        if !resources.others.isEmpty { body["entrypoint_resources"] = .object(resources.others.mapValues(JSONValue.number)) }
        return .object(body)
    }

    private func checkResources() throws {
        let amounts = [("cores", resources.cores), ("accelerators", resources.accelerators), ("memory", Double(resources.memoryBytes))]
        for (name, amount) in amounts + resources.others.sorted(by: { $0.key < $1.key }) where !(amount.isFinite && amount >= 0) {
            throw MartletError(.invalidInput, "job '\(id)' asks for \(amount) of '\(name)': expected 0 or more")
        }
        if resources.accelerators > 1, resources.accelerators != resources.accelerators.rounded() {
            throw MartletError(
                .invalidInput, "job '\(id)' asks for \(resources.accelerators) accelerators: Ray divides one, and gives more only whole")
        }
        for name in resources.others.keys.sorted() where Resources.reserved.contains(name) {
            throw MartletError(
                .invalidInput, "job '\(id)' asks for a resource named '\(name)', a name of Ray's own: say cores, accelerators or memory")
        }
    }
}

/// The name of a job; Ray makes the name of its log file of it.
package struct RayJobID: Hashable, Sendable, CustomStringConvertible {
    /// How long a name may be: with what Ray adds it stays within the 255 bytes of a file's name.
    package static let lengthMax = 200

    package let text: String

    /// - Throws: `invalidInput` where the text could not be a file's name and part of a URL's path.
    package init(_ text: String) throws {
        guard !text.isEmpty, text.utf8.count <= Self.lengthMax, text.unicodeScalars.allSatisfy(Self.isAllowed), text.first != "." else {
            throw MartletError(
                .invalidInput,
                "'\(text.prefix(80))' cannot name a job of Ray: expected 1 to \(Self.lengthMax) of letters, digits, '-', '_' and '.', "
                    + "not beginning with '.'"
            )
        }
        self.text = text
    }

    package var description: String { text }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": true
        default: false
        }
    }
}
