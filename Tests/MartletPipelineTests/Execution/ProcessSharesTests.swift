import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct ProcessSharesTests {
    private static func reading(_ seconds: Double, cpu: Double, own: [Int: Double] = [:]) -> ProcessShares.Reading {
        ProcessShares.Reading(seconds: seconds, cpuSeconds: cpu, ownCPUSeconds: own, residentBytes: 100)
    }

    @Test func `a step that runs alone is given all that the process uses meanwhile`() {
        var shares = ProcessShares()
        shares.begin(1, at: Self.reading(10, cpu: 5))
        let usage = shares.end(1, at: Self.reading(12, cpu: 8, own: [1: 1]))
        #expect(usage.cpuSeconds == 3)
        #expect(usage.wallSeconds == 2)
        #expect(usage.memoryByteSeconds == 200)
    }

    @Test func `what threads of a step use is that step's alone, and the rest is shared by those that run`() {
        var shares = ProcessShares()
        shares.begin(1, at: Self.reading(0, cpu: 0))
        shares.begin(2, at: Self.reading(1, cpu: 1))
        // Of 10 s the first had 6 in its own threads; 4 are nobody's.
        let second = shares.end(2, at: Self.reading(11, cpu: 11, own: [1: 6, 2: 0]))
        #expect(second.cpuSeconds == 2)
        #expect(second.memoryByteSeconds == 500)
        let first = shares.end(1, at: Self.reading(12, cpu: 12, own: [1: 7]))
        #expect(first.cpuSeconds == 1 + 6 + 2 + 1)
        #expect(first.wallSeconds == 12)
    }

    @Test func `what nobody began has used nothing`() {
        var shares = ProcessShares()
        #expect(shares.end(7, at: Self.reading(1, cpu: 1)) == StepUsage())
    }

    @Test(arguments: 0..<100 as Range<UInt64>) func `shares add up to what the process used while any step ran`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var shares = ProcessShares()
        var (now, cpu, own, running) = (0.0, 0.0, [Int: Double](), [Int]())
        var (given, used, held) = (0.0, 0.0, 0.0)
        func reading() -> ProcessShares.Reading {
            Self.reading(now, cpu: cpu, own: own)
        }
        for step in 0..<200 {
            let seconds = random.unit()
            now += seconds
            var spent = random.unit()
            cpu += spent
            if !running.isEmpty { (used, held) = (used + spent, held + 100 * seconds) }
            for number in running {
                let part = spent * random.unit() / 2
                own[number, default: 0] += part
                spent -= part
            }
            if running.isEmpty || random.index(below: 2) == 0 {
                shares.begin(step, at: reading())
                running.append(step)
            } else {
                let usage = shares.end(running.remove(at: random.index(below: running.count)), at: reading())
                (given, held) = (given + usage.cpuSeconds, held - usage.memoryByteSeconds)
            }
        }
        for number in running {
            let usage = shares.end(number, at: reading())
            (given, held) = (given + usage.cpuSeconds, held - usage.memoryByteSeconds)
        }
        // Sums of a few hundred numbers below 1 and 100.
        #expect(abs(given - used) < 1e-9, "seed \(seed)")
        #expect(abs(held) < 1e-6, "seed \(seed)")
    }

    @Test func `the processor time of a step's threads is known while they are at it, and stays that of the step`() async {
        let threads = StepThreads()
        let during = await withTaskExecutorPreference(threads) { () async -> Double in
            var sum = 0
            while threads.cpuSeconds < 0.02 { sum &+= 1 }
            return sum > 0 ? threads.cpuSeconds : 0
        }
        #expect(during >= 0.02)
        #expect(threads.cpuSeconds >= during)
        #expect(StepThreads().cpuSeconds == 0)
    }
}
