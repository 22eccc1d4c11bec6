import MartletCore

/// A client of Ray's Jobs API, over whatever carries its requests.
///
/// Ray forgets all jobs when its head node is started anew, keeps a job's log only on the node that ran it, and lets a job that was
/// stopped before it began start all the same: what was done, and whether it is still wanted, must stand in Martlet's own records.
package struct RayJobs: Sendable {
    /// Sends a request and brings the answer; throws where there is none.
    package typealias Transport = @Sendable (RayRequest) async throws -> RayAnswer

    private let access: RayAccess
    private let transport: Transport

    package init(access: RayAccess = RayAccess(), transport: @escaping Transport) {
        self.access = access
        self.transport = transport
    }

    /// What became of a job that was handed over.
    package enum Submission: Sendable, Equatable {
        case accepted
        /// Ray has a job of this name: this one, where an earlier answer was lost, or another's.
        case existedAlready
    }

    /// Ray's version. - Throws: `engine` where the address is that of something else.
    package func version() async throws -> String {
        guard let version = try await send(.version).value(of: "the version")["ray_version"]?.string else {
            throw MartletError(.engine, "what answers is not Ray's Jobs API: expected its version; check the address, by default port 8265")
        }
        return version
    }

    /// Hands a job over. It may be sent again when no answer came: Ray takes a name once.
    /// - Throws: `invalidInput` for what Ray cannot run, `unavailable`.
    package func submit(_ job: RayJob) async throws -> Submission {
        let answer = try await send(.submit(job))
        guard !answer.isSuccess else { return .accepted }
        // Versions differ in the status that they answer with, and agree in these words.
        if String(decoding: answer.body, as: UTF8.self).contains("Job with submission_id \(job.id) already exists") {
            return .existedAlready
        }
        throw answer.refusal(of: "job '\(job.id)'")
    }

    /// What Ray says of a job; `nil` where it has no record of it, as after its head node was started anew.
    package func details(of id: RayJobID) async throws -> RayJobDetails? {
        let answer = try await send(.details(id))
        return answer.status == 404 ? nil : try RayJobDetails(answer.value(of: "job '\(id)'"))
    }

    /// All jobs that Ray has a record of, also those of others.
    package func all() async throws -> [RayJobDetails] {
        let value = try await send(.jobs).value(of: "the list of jobs")
        guard let jobs = value.array else { throw MartletError(.engine, "Ray lists its jobs as \(value.kind): expected an array") }
        return try jobs.map(RayJobDetails.init)
    }

    /// All that a job wrote so far, among lines of Ray's own; it grows with the job.
    /// - Throws: `notFound` where Ray has no record of the job, `unavailable` where the node that ran it is gone, and its log with it.
    package func log(of id: RayJobID) async throws -> String {
        let value = try await send(.log(id)).value(of: "the log of job '\(id)'")
        guard let text = value["logs"]?.string else {
            throw MartletError(.engine, "Ray gives the log of job '\(id)' as \(value.kind): expected an object with 'logs'")
        }
        return text
    }

    /// Asks for a job's end: SIGTERM for its program and all that it started, after 3 s SIGKILL.
    ///
    /// A job that waits is not taken back: it begins when there is room, and its program is stopped as soon as it has begun.
    /// - Returns: whether Ray passed it on; `false` for a job that is over.
    package func stop(_ id: RayJobID) async throws -> Bool {
        try await flag("stopped", send(.stop(id)), of: "the end of job '\(id)'")
    }

    /// Forgets a job that is over. - Throws: `unavailable` for one that is not, `notFound`.
    package func delete(_ id: RayJobID) async throws -> Bool {
        try await flag("deleted", send(.delete(id)), of: "the removal of job '\(id)'")
    }

    /// The nodes that the cluster has or had.
    package func nodes() async throws -> [RayNode] {
        let value = try await send(.nodes).value(of: "the list of nodes")
        guard let nodes = value["data"]?["result"]?["result"]?.array else {
            throw MartletError(.engine, "Ray lists its nodes in another way than is known here: expected data.result.result")
        }
        return try nodes.map(RayNode.init)
    }

    private func send(_ request: RayRequest) async throws -> RayAnswer {
        var request = request
        request.headers.merge(access.headers) { $1 }
        return try await transport(request)
    }

    private func flag(_ name: String, _ answer: RayAnswer, of what: String) throws -> Bool {
        guard case .boolean(let flag) = try answer.value(of: what)[name] else {
            throw MartletError(.engine, "Ray answers \(what) without '\(name)': this version of Ray is not known here")
        }
        return flag
    }
}
