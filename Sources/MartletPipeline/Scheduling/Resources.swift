/// What a step needs while it runs, or what there is of it.
public struct Resources: Sendable, Hashable {
    /// The most names of further resources.
    public static let nameCountMax = 64

    /// Processor cores; a step may need a share of one.
    public var cores: Double
    /// Bytes of memory.
    public var memoryBytes: Int64
    /// Whole accelerators.
    public var accelerators: Int
    /// Resources that a project names itself, such as connections to a database.
    public var named: [String: Int]

    /// Makes an amount of each.
    public init(cores: Double = 0, memoryBytes: Int64 = 0, accelerators: Int = 0, named: [String: Int] = [:]) {
        self.cores = cores
        self.memoryBytes = memoryBytes
        self.accelerators = accelerators
        self.named = named.filter { $0.value != 0 }
    }

    /// Nothing of anything.
    public static let none = Resources()

    static func + (left: Self, right: Self) -> Self { left.combined(with: right, +, +, +) }
    static func - (left: Self, right: Self) -> Self { left.combined(with: right, -, -, -) }
    static func += (left: inout Self, right: Self) { left = left + right }
    static func -= (left: inout Self, right: Self) { left = left - right }

    private func combined(
        with other: Self, _ cores: (Double, Double) -> Double, _ bytes: (Int64, Int64) -> Int64, _ counts: (Int, Int) -> Int
    ) -> Self {
        // Thousandths of a core are exact, so that what was taken and given back is what there was.
        let exact = (cores(self.cores, other.cores) * 1_000).rounded() / 1_000
        guard !named.isEmpty || !other.named.isEmpty else {
            return Resources(
                cores: exact, memoryBytes: bytes(memoryBytes, other.memoryBytes), accelerators: counts(accelerators, other.accelerators))
        }
        let names = Set(named.keys).union(other.named.keys)
        return Resources(
            cores: exact, memoryBytes: bytes(memoryBytes, other.memoryBytes), accelerators: counts(accelerators, other.accelerators),
            named: Dictionary(uniqueKeysWithValues: names.map { ($0, counts(named[$0] ?? 0, other.named[$0] ?? 0)) }))
    }

    /// Whether all of this is there.
    package func fits(in free: Resources) -> Bool {
        cores <= free.cores && memoryBytes <= free.memoryBytes && accelerators <= free.accelerators
            && named.allSatisfy { $0.value <= free.named[$0.key] ?? 0 }
    }

    /// Whether giving this would put off something that has waited for long: it takes of what that lacks, or of kinds that are scarce.
    ///
    /// Cores and memory are kept for who waits only while it lacks one of them; else a step that waits hours for a licence would keep a
    /// core idle meanwhile. Accelerators and what a project names are kept as soon as they are free: lacking now one and now the other,
    /// it would never begin.
    package func delays(_ waiting: Resources, in free: Resources) -> Bool {
        func takes(_ amount: Double, of there: Double, needed: Double) -> Bool { amount > 0 && needed > 0 && there - amount < needed }
        if takes(Double(accelerators), of: Double(free.accelerators), needed: Double(waiting.accelerators)) { return true }
        for (name, count) in named
        where takes(Double(count), of: Double(free.named[name] ?? 0), needed: Double(waiting.named[name] ?? 0)) {
            return true
        }
        guard waiting.cores > free.cores || waiting.memoryBytes > free.memoryBytes else { return false }
        return takes(cores, of: free.cores, needed: waiting.cores)
            || takes(Double(memoryBytes), of: Double(free.memoryBytes), needed: Double(waiting.memoryBytes))
    }

    /// What is more here than there is, in words: `4 cores of 2`.
    package func excess(over free: Resources) -> [String] {
        var words: [String] = []
        if cores > free.cores { words.append("\(Self.words(cores)) cores of \(Self.words(free.cores))") }
        if memoryBytes > free.memoryBytes { words.append("\(memoryBytes.sizeWords) of memory of \(free.memoryBytes.sizeWords)") }
        if accelerators > free.accelerators { words.append("\(accelerators) accelerators of \(free.accelerators)") }
        for (name, count) in named.sorted(by: { $0.key < $1.key }) where count > free.named[name] ?? 0 {
            words.append("\(count) of '\(name)' of \(free.named[name] ?? 0)")
        }
        return words
    }

    private static func words(_ cores: Double) -> String { cores == cores.rounded() ? "\(Int(cores))" : "\(cores)" }

    /// The largest share that this takes of what there is (Ghodsi et al., Dominant Resource Fairness, NSDI 2011).
    package func dominantShare(of total: Resources) -> Double {
        var share = total.cores > 0 ? cores / total.cores : 0
        if total.memoryBytes > 0 { share = max(share, Double(memoryBytes) / Double(total.memoryBytes)) }
        if total.accelerators > 0 { share = max(share, Double(accelerators) / Double(total.accelerators)) }
        for (name, count) in named {
            if let all = total.named[name], all > 0 { share = max(share, Double(count) / Double(all)) }
        }
        return share
    }
}

extension Int64 {
    /// A size in words: `1.5 GiB`.
    package var sizeWords: String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"]
        var (value, unit) = (Double(self), 0)
        while abs(value) >= 1_024, unit < units.count - 1 { (value, unit) = (value / 1_024, unit + 1) }
        guard unit > 0 else { return "\(self) bytes" }
        let tenths = (value * 10).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int64(tenths)) \(units[unit])" : "\(tenths) \(units[unit])"
    }
}
