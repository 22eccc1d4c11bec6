import Foundation
import Glibc
import MartletCore
package import MartletStore

/// A job in a folder of the home, which the runner and the machine both have. The right to begin is a file too.
package struct JobFolder: AttemptJob, Equatable {
    package let name: String
    private let home: Home

    package init(_ name: String, in home: Home) { (self.name, self.home) = (name, home) }

    private var path: String { "\(home.jobsPath)/\(name)" }
    private var orderPath: String { "\(path)/order.json" }
    private var beginningPath: String { "\(path)/begun" }
    private var resultPath: String { "\(path)/result.json" }
    /// Where its command works; no other job works there, also not one for the same attempt on a machine that was thought lost.
    var workPath: String { "\(home.path)/attempts/\(name)" }

    // MARK: The runner's side

    package func prepare(_ order: StepOrder) throws {
        try Directory.create(path)
        try put(order.json, at: orderPath)
    }

    /// What came of it, once the machine has said so. - Throws: `storage`, `corrupt`.
    package func result() throws -> AttemptResult? {
        guard let json = try json(at: resultPath, "the result of a job") else { return nil }
        return try AttemptResult(json: json)
    }

    /// What its command used, as far as anybody put that down.
    package var usageSoFar: StepUsage {
        // What cannot be read says nothing.
        let told = try? result()?.usage
        return told ?? StepUsage(leftIn: workPath) ?? StepUsage()
    }

    /// Removes all of it, also what its command left. Only for what nobody waits for.
    package func remove() throws {
        for folder in [workPath, path] where Directory.kind(of: folder) != nil { try FileManager.default.removeItem(atPath: folder) }
    }

    // MARK: Either's

    package func claim() throws -> Bool {
        let descriptor = open(beginningPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor < 0 else {
            close(descriptor)
            return true
        }
        guard errno == EEXIST else { throw MartletError.io("make", beginningPath, errno: errno) }
        return false
    }

    // MARK: The machine's side

    /// What is to be done; `nil` where nobody waits for it any more. - Throws: `storage`, `corrupt`.
    package func order() throws -> StepOrder? {
        guard let json = try json(at: orderPath, "the order of a job") else { return nil }
        return try StepOrder(json: json)
    }

    /// Tells the runner, durably. - Throws: `storage`.
    package func put(_ result: AttemptResult) throws { try put(result.json, at: resultPath) }

    // MARK: Files

    private func put(_ value: JSONValue, at target: String) throws {
        let file = TemporaryFile(in: home.temporaryPath)
        try Array(value.canonicalText.utf8).withUnsafeBytes { try file.write($0) }
        try file.move(to: target)
    }

    private func json(at file: String, _ what: String) throws -> JSONValue? {
        guard let data = FileManager.default.contents(atPath: file) else { return nil }
        return try JSONValue(parsing: [UInt8](data), as: "\(what), '\(file)'")
    }
}

/// The jobs in a home that all machines have.
struct JobFolders: JobPlace {
    let home: Home

    func job(_ name: String) -> any AttemptJob { JobFolder(name, in: home) }

    func jobs(beginning: String) throws -> [any AttemptJob] {
        guard Directory.kind(of: home.jobsPath) != nil else { return [] }
        return try Directory.names(in: home.jobsPath).filter { $0.hasPrefix(beginning) }.map { JobFolder($0, in: home) }
    }
}

extension Home {
    /// What is told to other machines that make attempts, and what they say.
    var jobsPath: String { "\(path)/jobs" }
}
