import CSpawn
import Glibc

/// A program that begins in a session of its own under a guard, with the usual signals and no descriptors but those that it is given.
///
/// The guard is a process that becomes the parent of those among the program's descendants whose own parent ends, so that none is lost
/// sight of while it lives, also not one that made itself a daemon. It puts the program's exit status down of its own accord, and once its
/// lifeline breaks it kills all that is left and ends.
package struct GuardedCommand {
    /// A limit that the kernel keeps for each process of the program by itself.
    package enum Limit: Sendable, Equatable {
        case cpuSeconds(Int)
        case fileSizeBytes(Int)
        case openFileCount(Int)

        fileprivate var resource: Int32 {
            switch self {
            case .cpuSeconds: Int32(RLIMIT_CPU.rawValue)
            case .fileSizeBytes: Int32(RLIMIT_FSIZE.rawValue)
            case .openFileCount: Int32(RLIMIT_NOFILE.rawValue)
            }
        }

        fileprivate var value: Int {
            switch self {
            case .cpuSeconds(let value), .fileSizeBytes(let value), .openFileCount(let value): max(0, value)
            }
        }
    }

    /// What a guard is given.
    package struct Descriptors {
        /// What the program reads, and what it says on both its streams.
        package var (input, output): (OwnedDescriptor, OwnedDescriptor)
        /// What the guard waits for the end of.
        package var lifeline: OwnedDescriptor
        /// Where the guard tells, see `martlet_guard_begin`.
        package var words: OwnedDescriptor

        package init(input: OwnedDescriptor, output: OwnedDescriptor, lifeline: OwnedDescriptor, words: OwnedDescriptor) {
            (self.input, self.output) = (input, output)
            (self.lifeline, self.words) = (lifeline, words)
        }

        fileprivate var numbers: [Int32] { [input.number, output.number, lifeline.number, words.number] }
    }

    /// What begins guards was ended as it began one: the program may run until its guard sees that nobody holds its lifeline, and then ends.
    package struct UnansweredStart: Error, CustomStringConvertible {
        package var description: String { "the process that begins commands was ended from outside" }
    }

    /// A program that used up its seconds is told so by a signal, and killed after so many more.
    private static let lastSeconds: rlim_t = 5

    /// Where the program may be: the first of these that can be begun is.
    package var paths: [String]
    /// Its name and its arguments.
    package var words: [String]
    /// All variables that it sees.
    package var environment: [String: String]
    /// The folder that it begins in.
    package var folder: String
    /// Where its exit status is put down, as a shell has it.
    package var exitFile: String
    /// The control group that it joins; `nil` for that of this process.
    package var group: String?
    package var limits: [Limit]

    package init(
        paths: [String], words: [String], environment: [String: String], folder: String, exitFile: String, group: String? = nil,
        limits: [Limit] = []
    ) {
        precondition(!words.isEmpty)
        self.paths = paths
        self.words = words
        self.environment = environment
        self.folder = folder
        self.exitFile = exitFile
        self.group = group
        self.limits = limits
    }

    /// Has it begun. What kept the program itself from beginning is told by the guard.
    /// - Returns: the guard's number; it is a child of this process.
    /// - Throws: `storage` where no guard could begin; `UnansweredStart` where one may have.
    package func start(_ descriptors: Descriptors) throws -> Int32 { try start(descriptors, by: .shared) }

    func start(_ descriptors: Descriptors, by host: GuardHost) throws -> Int32 {
        var body: [UInt8] = []
        for limit in limits { withUnsafeBytes(of: Self.limit(limit)) { body += $0 } }
        let variables = environment.map { "\($0.key)=\($0.value)" }
        for text in [exitFile, group.map { "\($0)/cgroup.procs" } ?? "", folder] + paths + words + variables {
            // A text of the kernel's ends there.
            body += text.utf8.prefix { $0 != 0 }
            body.append(0)
        }
        guard let size = UInt32(exactly: body.count) else { throw MartletError.io("start '\(words[0])' in", folder, errno: E2BIG) }
        let request = martlet_guard_request(
            size_bytes: size, limit_count: UInt32(limits.count), path_count: UInt32(paths.count), word_count: UInt32(words.count),
            variable_count: UInt32(variables.count))
        switch host.begin(request, body, descriptors.numbers) {
        case .begun(let pid): return pid
        case .refused(let code): throw MartletError.io("start '\(words[0])' in", folder, errno: code)
        case .unknown: throw UnansweredStart()
        }
    }

    /// A limit as the kernel takes it: never above what this process itself may have.
    private static func limit(_ limit: Limit) -> martlet_guard_limit {
        var present = rlimit()
        let wanted = rlim_t(limit.value)
        let isKnown = getrlimit(__rlimit_resource_t(limit.resource), &present) == 0
        let highest = isKnown ? present.rlim_max : wanted
        let most = min(wanted, highest)
        let last = if case .cpuSeconds = limit { min(most + lastSeconds, highest) } else { most }
        return martlet_guard_limit(resource: limit.resource, unused: 0, soft: UInt64(most), hard: UInt64(last))
    }
}
