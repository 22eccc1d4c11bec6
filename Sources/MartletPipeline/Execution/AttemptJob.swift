package import MartletCore

/// What a runner and the machine that makes an attempt for it tell one another.
///
/// The right to begin is given once: whoever asks first has it, so that a job which is late begins nothing that was given up, and no job
/// begins twice. What is put is durable on return.
package protocol AttemptJob: Sendable {
    /// Begins as the folder of an attempt at its key does.
    var name: String { get }
    /// The runner says what is to be done.
    func prepare(_ order: StepOrder) async throws
    /// What is to be done; `nil` where nobody waits for it any more.
    func order() async throws -> StepOrder?
    /// Takes the right to begin: the machine to use it, the runner to see that nobody does.
    /// - Returns: `false` where it was taken before.
    func claim() async throws -> Bool
    /// The machine says what came of it.
    func put(_ result: AttemptResult) async throws
    /// What came of it, once the machine has said so.
    func result() async throws -> AttemptResult?
    /// Removes all of it. Only for what nobody waits for.
    func remove() async throws
    /// What its command was last seen to have used; nothing where the runner cannot see that.
    var usageSoFar: StepUsage { get }
}

extension AttemptJob {
    package var usageSoFar: StepUsage { StepUsage() }
}

/// Where jobs are found by their names.
package protocol JobPlace: Sendable {
    /// Names one, whether or not it was prepared.
    func job(_ name: String) -> any AttemptJob
    /// Those that were prepared whose names begin so.
    func jobs(beginning: String) async throws -> [any AttemptJob]
}

extension JobPlace {
    /// The jobs that there were or are for a key.
    func jobs(for key: Digest) async throws -> [any AttemptJob] { try await jobs(beginning: "\(StepAttempt.jobBeginning(key))-") }
}

extension StepAttempt {
    static func jobBeginning(_ key: Digest) -> String { String(key.hex.prefix(40)) }

    /// - Parameter round: from 1 on: a job that never began is followed by another for the same attempt.
    func jobName(round: Int) -> String { "\(Self.jobBeginning(key))-\(run)-\(number)-\(round)" }
}

/// Hands what attempts read to machines that do not see the home, and brings back what they made.
package protocol Handover: Sendable {
    /// Sends what a step is made from and reads. - Returns: the content that says which files of the project these are.
    func send(_ attempt: StepAttempt) async throws -> Digest
    /// Brings what a machine made, and what its command said.
    func receive(_ result: AttemptResult, of attempt: StepAttempt) async throws
}
