import CSpawn
import Glibc

/// A program that begins in a session of its own, with the usual signals and no descriptors but those that it is given.
///
/// It becomes the parent of those among its descendants whose own parent ends, so that none is lost sight of while it lives, also not
/// one that made itself a daemon.
package struct SessionSpawn {
    /// A limit that the kernel keeps for each process of the session by itself.
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

    /// A process that used up its seconds is told so by a signal, and killed after so many more.
    private static let lastSeconds: rlim_t = 5

    /// The program's path.
    package var program: String
    package var arguments: [String]
    /// All variables that it sees.
    package var environment: [String: String]
    /// The folder that it begins in.
    package var folder: String
    /// What become its descriptors 0, 1 and so on; fewer than ten.
    package var descriptors: [OwnedDescriptor]
    package var limits: [Limit]

    package init(
        program: String, arguments: [String], environment: [String: String], folder: String, descriptors: [OwnedDescriptor],
        limits: [Limit] = []
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.folder = folder
        self.descriptors = descriptors
        self.limits = limits
    }

    /// Starts it. - Returns: its number. - Throws: `storage` or `notFound` where it could not begin, in the folder or at all.
    package func start() throws -> Int32 {
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (words + variables).forEach { free($0) } }
        var pid: Int32 = 0
        let code = program.withCString { program in
            folder.withCString { folder in
                start(program, words, variables, folder, descriptors.map(\.number), limits.map(Self.limit), &pid)
            }
        }
        guard code == 0 else { throw MartletError.io("start '\(program)' in", folder, errno: code) }
        return pid
    }

    private func start(
        _ program: UnsafePointer<CChar>, _ words: [UnsafeMutablePointer<CChar>?], _ variables: [UnsafeMutablePointer<CChar>?],
        _ folder: UnsafePointer<CChar>, _ numbers: [Int32], _ limits: [martlet_spawn_limit], _ pid: inout Int32
    ) -> Int32 {
        words.withUnsafeBufferPointer { words in
            variables.withUnsafeBufferPointer { variables in
                numbers.withUnsafeBufferPointer { numbers in
                    limits.withUnsafeBufferPointer { limits in
                        var plan = martlet_spawn_plan(
                            program: program, words: words.baseAddress, variables: variables.baseAddress, folder: folder,
                            descriptors: numbers.baseAddress, descriptor_count: Int32(numbers.count), limits: limits.baseAddress,
                            limit_count: Int32(limits.count))
                        return martlet_spawn_session(&plan, &pid)
                    }
                }
            }
        }
    }

    /// A limit as the kernel takes it: never above what this process itself may have.
    private static func limit(_ limit: Limit) -> martlet_spawn_limit {
        var present = rlimit()
        let wanted = rlim_t(limit.value)
        let isKnown = getrlimit(__rlimit_resource_t(limit.resource), &present) == 0
        let highest = isKnown ? present.rlim_max : wanted
        let most = min(wanted, highest)
        let last = if case .cpuSeconds = limit { min(most + lastSeconds, highest) } else { most }
        return martlet_spawn_limit(resource: limit.resource, value: rlimit(rlim_cur: most, rlim_max: last))
    }
}
