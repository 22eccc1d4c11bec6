import Testing

@testable import MartletPipeline

@Suite struct StepProgressTests {
    @Test(
        arguments: [
            ("0.4 fitting trees", 0.4, "fitting trees"), ("1", 1, ""), ("loading", nil, "loading"), ("0.1 a\n0.2 b\n", 0.2, "b"),
            ("1.5 too much", nil, "1.5 too much"), ("nan", nil, "nan"), ("  0.5\t\n", 0.5, ""),
            ("\u{1b}[32m0.5\u{1b}[0m half\u{1b}[2J", 0.5, "half"),
        ] as [(String, Double?, String)])
    func `a line is a share and words`(text: String, share: Double?, message: String) {
        let progress = StepProgress(text)
        #expect(progress?.share == share)
        #expect(progress?.message == message)
    }

    @Test func `an empty file says nothing`() {
        #expect(StepProgress("") == nil)
        #expect(StepProgress(" \n \n") == nil)
    }
}
