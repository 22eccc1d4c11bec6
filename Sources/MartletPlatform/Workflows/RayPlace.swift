import Foundation
import MartletCore
package import MartletPipeline
package import MartletStore

/// A cluster of Ray that a project's commands run on.
///
/// Its nodes have this program at the same path as this machine, and in their environment where the records are (`MARTLET_DATABASE_URL`)
/// and the secrets of steps: what a job is given, everybody sees who sees Ray's pages. The folders of the project and of the home are at
/// the same paths too, unless a bucket takes their place.
package struct RayPlace: Sendable {
    private let jobs: RayJobs
    private let isThisMachine: Bool
    private let program: String
    private let projectFile: String
    private let bucket: Bucket?

    /// What nodes get and give files through that share no folder with this machine.
    package struct Bucket: Sendable {
        let address: String
        let objects: any ObjectPlace

        /// - Parameter address: as nodes are told it.
        package init(address: String, objects: any ObjectPlace) { (self.address, self.objects) = (address, objects) }
    }

    /// - Parameters:
    ///   - isThisMachine: whether the cluster's address is one that only this machine has.
    ///   - program: martlet's path on the nodes.
    ///   - projectFile: the project file's path on the nodes.
    package init(_ jobs: RayJobs, isThisMachine: Bool, program: String, projectFile: String, bucket: Bucket? = nil) {
        self.jobs = jobs
        self.bucket = bucket
        self.isThisMachine = isThisMachine
        self.program = program
        self.projectFile = projectFile
    }

    /// Sees to it that nodes can do what they are given. - Throws: `invalidInput`; `unavailable` where Ray does not answer; `engine`.
    func check(for platform: Platform) async throws {
        guard platform.isTrackingShared || (isThisMachine && bucket == nil) else {
            throw MartletError(
                .invalidInput,
                "steps on a cluster need records that all nodes reach, and SQLite does not work over a network: name a PostgreSQL "
                    + "database in MARTLET_DATABASE_URL, here and in the environment of Ray's nodes")
        }
        _ = try await jobs.version()
        try await bucket?.objects.check()
    }

    func executor(for platform: Platform, _ files: ProjectFiles, commands: CommandRunner) async throws -> RayExecutor {
        let home = platform.home
        guard let bucket else {
            let folder = URL(filePath: home.path).standardizedFileURL.path
            return RayExecutor(jobs, home: home, commands: commands) { [program, projectFile] id, job in
                [program, "step", id.step, "--project", projectFile, "--home", folder, "--job", job.name] + Self.instance(id)
            }
        }
        return RayExecutor(
            jobs, home: home, commands: commands, place: try await JobRecords(platform.tracking().database),
            handover: ExchangeHandover(platform, files, ContentExchange(home, with: bucket.objects))
        ) { [program] id, job in [program, "step", id.step, "--blobs", bucket.address, "--job", job.name] + Self.instance(id) }
    }

    private static func instance(_ id: StepID) -> [String] {
        id.partition.isWhole ? [] : ["--instance", id.partition.description]
    }
}
