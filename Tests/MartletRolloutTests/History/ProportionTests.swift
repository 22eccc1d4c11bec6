import Testing

@testable import MartletRollout

@Suite struct ProportionTests {
    // statsmodels 0.15.0: proportion_confint(successes, trials, method='wilson'); scipy 1.17.1's binomtest says the same.
    @Test(arguments: [
        (0, 1, 0.0, 0.7934506856227627), (1, 1, 0.2065493143772374, 1.0), (0, 10, 0.0, 0.27753279986288926),
        (1, 10, 0.017876213095072924, 0.40415002679523854), (3, 7, 0.15821985525146964, 0.7495416354723428),
        (5, 10, 0.23659309051256394, 0.7634069094874361), (9, 10, 0.5958499732047614, 0.982123786904927),
        (10, 10, 0.7224672001371106, 1.0), (50, 1_000, 0.03813026239274881, 0.06531382024425081),
        (999, 1_000, 0.9943574414020421, 0.9998234536293739),
    ])
    func `the interval is Wilson's`(_ successes: Int, _ trials: Int, _ lower: Double, _ upper: Double) throws {
        let interval = try #require(Proportion(successes, of: trials).interval)
        #expect(abs(interval.lowerBound - lower) < 1e-12)
        #expect(abs(interval.upperBound - upper) < 1e-12)
    }

    @Test func `it holds the share, mirrors, and narrows with trials`() throws {
        for trials in 1...60 {
            for successes in 0...trials {
                let proportion = Proportion(successes, of: trials)
                let interval = try #require(proportion.interval)
                let mirror = try #require(Proportion(trials - successes, of: trials).interval)
                let wide = try #require(Proportion(successes * 4, of: trials * 4).interval)
                #expect(interval.contains(try #require(proportion.share)))
                #expect(abs(interval.lowerBound - (1 - mirror.upperBound)) < 1e-12)
                #expect(wide.upperBound - wide.lowerBound < interval.upperBound - interval.lowerBound)
            }
        }
    }

    @Test func `without a trial nothing is known`() {
        #expect(Proportion(0, of: 0).share == nil)
        #expect(Proportion(0, of: 0).interval == nil)
    }
}
