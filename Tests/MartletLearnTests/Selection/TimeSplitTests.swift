import MartletCore
import MartletLearn
import Testing

struct TimeSplitTests {
    private func parts(
        _ times: [Int64], test: TimeSplit.Share, validation: TimeSplit.Share
    ) throws -> TimeSplit.Parts {
        try TimeSplit(test: test, validation: validation).parts(of: times)
    }

    @Test func `the last times are the test, those before them the validation`() throws {
        let parts = try parts([5, 1, 4, 5, 2, 3, 1], test: .times(1), validation: .times(2))
        #expect(parts.test == [0, 3] && parts.validation == [2, 5] && parts.training == [1, 4, 6])
        #expect(parts.testFrom == 5 && parts.validationFrom == 3)
    }

    @Test(arguments: UInt64(0)..<20)
    func `every row is in one part, and no part sees a later one's time`(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let times = (0..<200).map { _ in Int64(random.index(below: 30)) - 15 }
        let parts = try parts(times, test: .fraction(0.2), validation: .times(1 + random.index(below: 5)))
        #expect((parts.training + parts.validation + parts.test).sorted() == Array(times.indices))
        #expect(parts.training.allSatisfy { times[$0] < parts.validationFrom })
        #expect(parts.validation.allSatisfy { parts.validationFrom <= times[$0] && times[$0] < parts.testFrom })
        #expect(parts.test.allSatisfy { times[$0] >= parts.testFrom })
        #expect(![parts.training, parts.validation, parts.test].contains([]))
    }

    @Test(arguments: [(100, 0.07, 7), (100, 0.2, 20), (10, 0.25, 3), (10, 0.01, 1), (30, 0.1, 3), (1_000, 0.029, 29)])
    func `a share of the times is rounded up, but not for binary's sake`(_ count: Int, _ share: Double, _ tests: Int) throws {
        let parts = try parts((0..<Int64(count)).map { $0 }, test: .fraction(share), validation: .times(1))
        #expect(parts.test.count == tests)
    }

    @Test func `a share of validation is one of what the test leaves`() throws {
        let parts = try parts((0..<100).map { $0 }, test: .fraction(0.5), validation: .fraction(0.5))
        #expect(parts.test.count == 50 && parts.validation.count == 25 && parts.training.count == 25)
    }

    @Test func `the smallest split has a time for each part`() throws {
        let parts = try parts([1, 2, 3], test: .times(1), validation: .times(1))
        #expect(parts.training == [0] && parts.validation == [1] && parts.test == [2])
    }

    private static let impossible: [([Int64], TimeSplit.Share, TimeSplit.Share)] = [
        ([], .times(1), .times(1)), ([1, 2], .times(1), .times(1)), ([1, 2, 3], .times(2), .times(1)),
        ([1, 2, 3], .times(1), .times(2)), ([1, 2, 3], .times(0), .times(1)), ([1, 2, 3], .times(1), .times(0)),
        ([1, 2, 3], .times(-1), .times(1)), ([1, 2, 3], .times(.max), .times(.max)), ([1, 2, 3], .times(.min), .times(.min)),
        ([1, 2, 3], .fraction(.nan), .times(1)), ([1, 2, 3], .fraction(1e300), .times(1)),
        ([1, 2, 3], .fraction(1), .fraction(0.5)), ([7, 7, 7, 7], .fraction(0.2), .fraction(0.2)),
    ]

    @Test(arguments: impossible)
    func `a split that leaves a part empty is refused`(
        _ times: [Int64], _ test: TimeSplit.Share, _ validation: TimeSplit.Share
    ) throws {
        let error = try #require(throws: MartletError.self) { try parts(times, test: test, validation: validation) }
        #expect(error.code == .invalidInput)
        #expect(error.message.contains("but there are \(Set(times).count) in all; make the parts smaller or bring more data"))
    }
}
