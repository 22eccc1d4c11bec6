import Glibc

/// The processes that descend from one that inherits orphans, so that none is missing while that lives.
struct ProcessTree {
    /// The process at the root, which is not told of.
    let root: Int32
    /// `NAME=value`, which the environment of all of them has that did not take it out.
    let marker: [UInt8]

    /// Those that are there, zombies among them; parents come before their children.
    var descendants: [Int32] {
        let children = ProcessFiles.tellsChildren ? ProcessFiles.children : Self.childrenByParent()
        var (found, position) = (children(root), 0)
        while position < found.count {
            found += children(found[position])
            position += 1
        }
        return found
    }

    private static func childrenByParent() -> (Int32) -> [Int32] {
        let pairs = ProcessFiles.all().compactMap { pid in ProcessFiles.status(pid).map { ($0.parent, pid) } }
        let table = Dictionary(grouping: pairs, by: \.0).mapValues { $0.map(\.1) }
        return { table[$0] ?? [] }
    }

    /// Those that run.
    var living: [Int32] { descendants.filter { ProcessFiles.status($0)?.isZombie == false } }

    /// All processes that have a marker and run.
    static func marked(_ marker: [UInt8]) -> [Int32] {
        ProcessFiles.all().filter { $0 != getpid() && ProcessFiles.hasVariable($0, marker) && ProcessFiles.status($0)?.isZombie == false }
    }
}

/// What the processes of a command use at a time.
struct TreeSample: Equatable {
    var processCount = 0
    /// Since the start.
    var cpuSeconds = 0.0
    /// Now.
    var memoryBytes = 0
    /// Since the start, as the following.
    var readBytes = 0
    var writtenBytes = 0
    var storageReadBytes = 0
    var storageWrittenBytes = 0

    mutating func add(_ transfer: ProcessFiles.Transfer) {
        readBytes += transfer.readBytes
        writtenBytes += transfer.writtenBytes
        storageReadBytes += transfer.storageReadBytes
        storageWrittenBytes += transfer.storageWrittenBytes
    }
}

/// Looks at a tree again and again.
struct TreeSampler {
    /// Several processes that have more than this together are looked at more closely, as they may share some of it.
    private static let sharedBytesMin = 64 << 20
    /// A closer look takes the kernel a millisecond for some hundred megabytes; it is followed by so many times its own duration without one.
    private static let pauseFactor = 20

    var tree: ProcessTree
    /// A limit near which memory is always looked at closely.
    let memoryLimitBytes: Int?
    /// How much of the resident memory is not counted twice, and until when that stays.
    private var share = 1.0
    private var nextLookAt = Duration.zero

    init(_ tree: ProcessTree, memoryLimitBytes: Int?) {
        self.tree = tree
        self.memoryLimitBytes = memoryLimitBytes
    }

    /// Looks at all processes. - Parameter elapsed: since the start.
    mutating func sample(at elapsed: Duration) -> TreeSample {
        var sample = TreeSample()
        var resident: [Int32: Int] = [:]
        for pid in [tree.root] + tree.descendants {
            guard let status = ProcessFiles.status(pid) else { continue }
            sample.cpuSeconds += status.cpuSeconds
            if let transfer = ProcessFiles.transfer(pid) { sample.add(transfer) }
            guard pid != tree.root, !status.isZombie else { continue }
            sample.processCount += 1
            resident[pid] = status.residentBytes
        }
        sample.memoryBytes = memory(resident, elapsed)
        return sample
    }

    /// The resident memory of all; where several processes share pages, such as those that forked from one, these count once.
    private mutating func memory(_ resident: [Int32: Int], _ elapsed: Duration) -> Int {
        let sum = resident.values.reduce(0, +)
        guard resident.count > 1, sum > Self.sharedBytesMin else { return sum }
        let isOverLimit = memoryLimitBytes.map { Double(sum) * share > Double($0) } ?? false
        if isOverLimit || elapsed >= nextLookAt {
            let duration = ContinuousClock().measure {
                let proportional = resident.reduce(0) { $0 + (ProcessFiles.proportionalBytes($1.key) ?? $1.value) }
                share = min(1, Double(proportional) / Double(sum))
            }
            nextLookAt = elapsed + duration * Self.pauseFactor
        }
        return Int(Double(sum) * share)
    }
}
