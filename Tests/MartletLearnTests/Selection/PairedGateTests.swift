import MartletCore
import MartletLearn
import Testing

struct PairedGateTests {
    /// Rows whose actual value is 0, so that predictions are errors; two rows a cluster.
    private func sample(_ candidate: [Double], _ baseline: [Double], slices: [String]? = nil) -> PairedGate.Sample {
        PairedGate.Sample(
            actual: candidate.map { _ in 0 }, candidate: candidate, baseline: baseline,
            clusters: candidate.indices.map { "\($0 / 2)" }, slices: slices
        )
    }

    private func judge(_ sample: PairedGate.Sample, margin: Double = 0, tolerance: Double = 0) throws -> GateResult {
        try PairedGate(margin: margin, sliceTolerance: tolerance, seed: 1).judge(sample)
    }

    /// Half the baseline's error in every row: the improvement is exactly 50 % in every draw.
    private let half = ([1.0, -1, 1, 1, -1, 1], [2.0, 2, -2, 2, 2, -2])

    @Test func `an interval that reaches the margin passes`() throws {
        let result = try judge(sample(half.0, half.1), margin: 0.5)
        #expect(result.passes && result.refusals == [])
        #expect(result.candidate == 1 && result.baseline == 2 && result.rows == 6 && result.unpredicted == 0)
        #expect(result.improvement.figures == [0.5, 0.5, 0.5])
    }

    @Test func `an interval that ends just short of the margin is refused with its figures`() throws {
        let result = try judge(sample(half.0, half.1), margin: 0.5.nextUp)
        #expect(!result.passes)
        #expect(
            result.refusals == [
                "the improvement over the baseline is +50.0% with an interval from +50.0%, which must reach +50.0%"
            ]
        )
    }

    @Test func `a good value with a wide interval is refused`() throws {
        // One cluster carries all of the improvement.
        let result = try judge(sample([1, 1, 2, 2, 2, 2], [9, 9, 2, 2, 2, 2]), margin: 0.1)
        #expect(result.improvement.value > 0.5 && result.improvement.low < 0.1 && !result.passes)
    }

    @Test func `equal predictions tie: a margin of 0 passes, any other does not`() throws {
        let tied = sample(half.1, half.1, slices: ["a", "b", "a", "b", "a", "b"])
        #expect(try judge(tied).passes)
        #expect(try !judge(tied, margin: 0.001).passes)
    }

    @Test func `where neither errs they tie`() throws {
        let result = try judge(sample([0, 0, 0, 0], [0, 0, 0, 0], slices: ["a", "a", "a", "a"]))
        #expect(result.passes && result.improvement.value == 0)
    }

    @Test func `clusters in which neither errs leave the interval whole`() throws {
        let result = try judge(sample([1, 1, 0, 0], [2, 2, 0, 0]))
        // A draw of the second cluster alone ties; every other one has 50 %.
        #expect(result.improvement.figures == [0.5, 0, 0.5])
    }

    @Test func `nothing beats a baseline that never errs`() throws {
        #expect(try !judge(sample([1, 1, 1, 1], [0, 0, 0, 0]), margin: -1).passes)
    }

    // MARK: Slices

    /// Slice `good` is halved; in `bad` the candidate's error is twice the baseline's: worse by exactly 100 %.
    private var sliced: PairedGate.Sample {
        sample(
            [1, 1, 1, 1, 2, 2, 2, 2], [8, 8, 8, 8, 1, 1, 1, 1],
            slices: ["good", "good", "good", "good", "bad", "bad", "bad", "bad"]
        )
    }

    @Test func `a slice that is worse by the tolerance holds`() throws {
        let result = try judge(sliced, margin: -1, tolerance: 1)
        #expect(result.passes && result.slices.map(\.holds) == [true, true])
        #expect(result.slices.map(\.improvement.value) == [-1, 0.875] && result.slices.map(\.rows) == [4, 4])
    }

    @Test func `a slice that is worse by more is refused by name`() throws {
        let result = try judge(sliced, margin: -1, tolerance: 1.0.nextDown)
        #expect(
            result.refusals == ["slice 'bad' is worse than the baseline by +100.0%, above the tolerance of +100.0%"]
        )
    }

    @Test func `a slice that could not be predicted at all is refused by name`() throws {
        let result = try judge(
            sample([1, 1, 1, 1, .nan, .nan], [2, 2, 2, 2, 2, 2], slices: ["a", "a", "a", "a", "b", "b"])
        )
        #expect(result.unjudged == ["b"] && result.unpredicted == 2)
        #expect(result.refusals == ["slice 'b' could not be judged, since no row of it was predicted by both"])
    }

    @Test func `slices come in the order of their numbers, then their names`() throws {
        let names = ["10", "b", "2", "a"].flatMap { [$0, $0, $0, $0] }
        let ones = names.map { _ in 1.0 }
        #expect(try judge(sample(ones, ones, slices: names)).slices.map(\.name) == ["2", "10", "a", "b"])
    }

    @Test func `a slice of one cluster is refused by name`() throws {
        let error = try #require(throws: MartletError.self) {
            try judge(sample([1, 1, 1, 1], [2, 2, 2, 2], slices: ["a", "a", "b", "b"]))
        }
        #expect(error.code == .invalidInput)
        #expect(
            error.message == "slice 'a': an interval by cluster needs at least two clusters, found 1; slice by a coarser column"
        )
    }

    // MARK: Rows

    @Test func `rows without a prediction or an actual value count for nobody and are counted`() throws {
        var sample = sample([1, .nan, 1, 1, 100, 1, 1, 1], [2, 2, 2, .infinity, 2, 2, 2, 2])
        sample.actual[4] = .nan
        let result = try judge(sample)
        #expect(result.rows == 5 && result.unpredicted == 3)
        #expect(result.candidate == 1 && result.baseline == 2 && result.improvement.value == 0.5)
    }

    @Test(arguments: [1, 2])
    func `fewer than two clusters with predictions are refused`(_ count: Int) throws {
        let predicted = (0..<4).map { $0 < count ? 1 : Double.nan }
        let error = try #require(throws: MartletError.self) { try judge(sample(predicted, [1, 1, 1, 1])) }
        #expect(error.code == .invalidInput)
    }

    @Test func `an interval by shock is told and decides nothing`() throws {
        var sample = sample([1, 1, 1, 1, 1, 1, 1, 1], [2, 2, 1, 1, 2, 2, 1, 1])
        // By cluster the improvement varies; by shock every group is alike.
        sample.shocks = ["x", "y", "x", "y", "x", "y", "x", "y"]
        let result = try judge(sample, margin: 0.2)
        let byShock = try #require(result.improvementByShock)
        #expect(byShock.low >= 0.2 && result.improvement.low < 0.2 && !result.passes)
    }

    @Test func `a result is the same again, and after being written and read`() throws {
        let result = try judge(sliced, margin: 0.1)
        #expect(try judge(sliced, margin: 0.1) == result)
        #expect(try JSONValue(encoding: result).decoded(as: GateResult.self) == result)
    }
}

extension Estimate {
    /// Value and ends.
    fileprivate var figures: [Double] { [value, low, high] }
}
