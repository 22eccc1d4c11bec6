import MartletCore
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

    private final class Book {
        var share = FairShare()

        func gives(_ entry: FairShare.Entry) -> Bool { share.claim(entry, of: FairShareTests.total) }
        func giveBack(_ runner: String, _ step: String) { share.giveBack(runner: runner, step: step) }
    }

    @Test func `what has waited too long keeps the machine until it fits, although small steps of others always would`() {
        let book = Book()
        func time(_ part: Double) -> Int64 { Int64(FairShare.patience / .microseconds(1) * part) }
        func small(_ step: String, _ part: Double) -> FairShare.Entry { entry("b", step, cores: 2, at: time(part)) }
        func large(_ part: Double) -> FairShare.Entry { entry("a", "large", cores: 4, at: time(part)) }
        #expect(book.gives(small("1", 0)))
        #expect(book.gives(small("2", 0)))
        #expect(!book.gives(large(0)))
        book.giveBack("b", "1")
        #expect(!book.gives(large(0.9)))
        #expect(book.gives(small("3", 0.9)))
        book.giveBack("b", "2")
        #expect(!book.gives(large(1.1)))
        #expect(!book.gives(small("4", 1.1)))
        book.giveBack("b", "3")
        // All is free, and the one that it is kept for has not asked again yet.
        #expect(!book.gives(small("4", 1.1)))
        #expect(book.gives(large(1.1)))
        #expect(book.share.waits.map(\.step) == ["4"])
    }

    @Test func `of two that have waited too long the first goes first`() {
        let book = Book()
        #expect(book.gives(entry("c", "0", cores: 4)))
        #expect(!book.gives(entry("a", "1", cores: 4, at: 1)))
        #expect(!book.gives(entry("b", "2", cores: 3, at: 2)))
        book.giveBack("c", "0")
        let late = Int64(FairShare.patience / .microseconds(1)) + 3
        #expect(!book.gives(entry("b", "2", cores: 3, at: late)))
        #expect(book.gives(entry("a", "1", cores: 4, at: late)))
    }

    @Test func `memory that others than runners hold is not given, unless no runner holds any`() {
        var share = FairShare()
        let there = Resources(cores: 4, memoryBytes: 2 << 30)
        let isFirstGiven = share.claim(entry("a", "1", memory: 4 << 30), of: Self.total, there: there)
        #expect(isFirstGiven)
        let isSecondGiven = share.claim(entry("a", "2", memory: 1 << 30), of: Self.total, there: there)
        #expect(!isSecondGiven)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `each large step begins in the end, whatever small ones come meanwhile`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let book = Book()
        var ends: [(step: String, at: Int64)] = [("first", 3_000_000)]
        #expect(book.gives(entry("small", "first")))
        var (now, waits) = (Int64(0), 0)
        while waits < 1_000, !book.gives(entry("large", "l", cores: 4, memory: 8 << 30, at: now)) {
            waits += 1
            now += 200_000
            for end in ends where end.at <= now { book.giveBack("small", end.step) }
            ends.removeAll { $0.at <= now }
            if book.gives(entry("small", "\(now)", at: now)) { ends.append(("\(now)", now + Int64(random.unit() * 5_000_000))) }
        }
        #expect(waits < 400, "seed \(seed)")
    }
}
