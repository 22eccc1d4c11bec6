import Foundation
import MartletCore
package import MartletPipeline
import MartletStore

/// A cluster of Ray that a project's commands run on.
///
/// Its nodes have the project's folder, the home's folder and this program at the same paths as this machine, and in their environment where
/// the records are (`MARTLET_DATABASE_URL`) and the secrets of steps: what a job is given, everybody sees who sees Ray's pages.
package struct RayPlace: Sendable {
    private let jobs: RayJobs
    private let isThisMachine: Bool
    private let program: String
    private let projectFile: String

    /// - Parameters:
    ///   - isThisMachine: whether the cluster's address is one that only this machine has.
    ///   - program: martlet's path on the nodes.
    ///   - projectFile: the project file's path on the nodes.
    package init(_ jobs: RayJobs, isThisMachine: Bool, program: String, projectFile: String) {
        self.jobs = jobs
        self.isThisMachine = isThisMachine
        self.program = program
        self.projectFile = projectFile
    }

    /// Sees to it that nodes can do what they are given. - Throws: `invalidInput`; `unavailable` where Ray does not answer; `engine`.
    func check(for platform: Platform) async throws {
        guard platform.isTrackingShared || isThisMachine else {
            throw MartletError(
                .invalidInput,
                "steps on a cluster need records that all nodes reach, and SQLite does not work over a network: name a PostgreSQL "
                    + "database in MARTLET_DATABASE_URL, here and in the environment of Ray's nodes")
        }
        _ = try await jobs.version()
    }

    func executor(home: Home, commands: CommandRunner) -> RayExecutor {
        let folder = URL(filePath: home.path).standardizedFileURL.path
        return RayExecutor(jobs, home: home, commands: commands) { [program, projectFile] id, job in
            let instance = id.partition.isWhole ? [] : ["--instance", id.partition.description]
            return [program, "step", id.step, "--project", projectFile, "--home", folder, "--job", job.name] + instance
        }
    }
}
