import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct FairShareTests {
    private static let total = Resources(cores: 4, memoryBytes: 8 << 30)

    private func entry(_ project: String, _ step: String, cores: Double = 1, memory: Int64 = 1 << 30, at: Int64 = 0) -> FairShare.Entry {
        FairShare.Entry(
            runner: project, project: project, step: step, resources: Resources(cores: cores, memoryBytes: memory),
            at: Timestamp(microseconds: at))
    }

    @Test func `what is held is not given again`() {
        var share = FairShare()
        let given = (0..<6).map { share.claim(entry("a", "\($0)"), of: Self.total) }
        #expect(given == [true, true, true, true, false, false])
        share.giveBack(runner: "a", step: "2")
        let given1 = share.claim(entry("a", "4"), of: Self.total)
        #expect(given1)
    }

    @Test func `what becomes free goes to the project that has less`() {
        var share = FairShare()
        for number in 0..<4 { _ = share.claim(entry("a", "\(number)"), of: Self.total) }
        let given2 = share.claim(entry("b", "x"), of: Self.total)
        #expect(!given2)
        share.giveBack(runner: "a", step: "0")
        let given3 = share.claim(entry("a", "4"), of: Self.total)
        #expect(!given3)
        let given4 = share.claim(entry("b", "x"), of: Self.total)
        #expect(given4)
    }

    @Test func `shares count by what a project has most of`() {
        var share = FairShare()
        // Three quarters of the memory, and a quarter of the cores.
        _ = share.claim(entry("a", "0", cores: 1, memory: 6 << 30), of: Self.total)
        _ = share.claim(entry("b", "0", cores: 2, memory: 1 << 20), of: Self.total)
        #expect(share.share(of: "a", Self.total) == 0.75)
        #expect(share.share(of: "b", Self.total) == 0.5)
        share.waits.append(entry("b", "1", cores: 1, memory: 1 << 20))
        let given5 = share.claim(entry("a", "1", cores: 1, memory: 1 << 20), of: Self.total)
        #expect(!given5)
        let given6 = share.claim(entry("b", "1", cores: 1, memory: 1 << 20), of: Self.total)
        #expect(given6)
    }

    @Test func `who is gone holds nothing, and who no longer asks keeps nobody waiting`() {
        var share = FairShare()
        for number in 0..<4 { _ = share.claim(entry("a", "\(number)"), of: Self.total) }
        _ = share.claim(entry("b", "x"), of: Self.total)
        share.clean(now: Timestamp(microseconds: 1_000_000)) { $0 != "a" }
        #expect(share.claims.isEmpty && share.waits.count == 1)
        share.clean(now: Timestamp(microseconds: 3_000_000)) { _ in true }
        #expect(share.waits.isEmpty)
    }

    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func `whatever is asked for, no more is given than there is`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var share = FairShare()
        for number in 0..<200 {
            let project = "\(random.index(below: 4))"
            let wanted = entry(
                project, "\(number)", cores: Double(1 + random.index(below: 4)), memory: Int64(1 + random.index(below: 8)) << 30)
            if random.unit() < 0.6 {
                _ = share.claim(wanted, of: Self.total)
            } else if let held = share.claims.randomElement(using: &random) {
                share.giveBack(runner: held.runner, step: held.step)
            }
            let used = share.claims.reduce(Resources.none) { $0 + $1.resources }
            #expect(used.fits(in: Self.total))
        }
    }

    @Test func `runners of one machine share what its file says`() async throws {
        try await withTemporaryFolder { folder in
            let (first, second) = (
                try FileLedger(project: "a", total: Self.total, folder: "\(folder)/l"),
                try FileLedger(project: "b", total: Self.total, folder: "\(folder)/l")
            )
            let half = Resources(cores: 2, memoryBytes: 1 << 30)
            #expect(await first.claim(half, for: "1"))
            #expect(await first.claim(half, for: "2"))
            #expect(await !second.claim(half, for: "x"))
            await first.giveBack(half, for: "1")
            #expect(await second.claim(half, for: "x"))
        }
    }
}
