import MartletLearn
import Testing

struct RegressionMetricsTests {
    @Test func `the figures are those of pen and paper`() {
        // Errors −1, 0, 2, 1: squares 1 + 0 + 4 + 1 = 6; deviations from 4: 9 + 1 + 1 + 9 = 20.
        let metrics = RegressionMetrics(actual: [1, 3, 5, 7], predicted: [0, 3, 7, 8])
        #expect(metrics.count == 4 && metrics.rmse == 1.5.squareRoot() && metrics.mae == 1 && metrics.bias == 0.5)
        #expect(metrics.r2 == 0.7)
    }

    @Test func `a prediction worse than the mean has a negative r²`() {
        #expect(RegressionMetrics(actual: [1, 3], predicted: [3, 1]).r2 == -3)
    }

    @Test func `pairs with a missing side do not count`() {
        let metrics = RegressionMetrics(actual: [1, .nan, 5, .infinity, 2], predicted: [2, 1, .nan, 1, 4])
        #expect(metrics.count == 2 && metrics.mae == 1.5 && metrics.bias == 1.5)
    }

    @Test func `without pairs nothing is known`() {
        let metrics = RegressionMetrics(actual: [.nan], predicted: [1])
        #expect(metrics.count == 0)
        #expect(metrics.rmse.isNaN && metrics.mae.isNaN && metrics.bias.isNaN && metrics.r2.isNaN)
    }

    @Test(arguments: 1..<40)
    func `equal actual values have no r², however their mean rounds`(_ count: Int) {
        let actual = [Double](repeating: 0.1, count: count)
        #expect(RegressionMetrics(actual: actual, predicted: actual.map { $0 + 1 }).r2.isNaN)
    }
}
