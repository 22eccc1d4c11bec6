import MartletCore
import Synchronization
import Testing

@testable import MartletPipeline

/// The real scheduler and runner, with a simulated clock, ledger, processes and disk that fail, killed at any moment, thousands of times.
@Suite struct CrashSimulationTests {
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `whatever fails, a runner goes on, loses and repeats nothing, gives nothing twice, and comes to an end`(block: UInt64) throws {
        for seed in (block * 1_000)..<(block * 1_000 + 10) {
            let history = try CrashHistory(seed: seed)
            let flaws = history.flaws
            #expect(flaws.isEmpty, "seed \(seed): \(flaws.prefix(3))")
            #expect(history.runs > history.cutOff)
        }
    }

    @Test func `there are thousands of crashes, dozens of each other fault, and equal seeds give equal histories`() throws {
        var struck: [SimulatedFault: Int] = [:]
        for seed in 1...250 as ClosedRange<UInt64> {
            struck.merge(try CrashHistory(seed: seed).world.state.withLock { $0.struck }) { $0 + $1 }
        }
        #expect(struck[.crash] ?? 0 > 2_000)
        for fault in SimulatedFault.allCases { #expect(struck[fault] ?? 0 > 50, "\(fault)") }
        let (first, second) = (try CrashHistory(seed: 7), try CrashHistory(seed: 7))
        #expect(first.world.thread.elapsed == second.world.thread.elapsed)
        #expect(first.world.state.withLock { $0.struck } == second.world.state.withLock { $0.struck })
    }
}
