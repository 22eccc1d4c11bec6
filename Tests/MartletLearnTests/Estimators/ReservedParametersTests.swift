import MartletLearn
import Testing

@testable import MartletEngines

struct ReservedParametersTests {
    @Test func `a reserved parameter is reserved by each of its names`() throws {
        let names = try LightGBMLibrary.shared().parameterNames
        let proper = Set(LightGBMEstimator.reserved.compactMap { names[$0] })
        let all = Set(names.filter { proper.contains($0.value) }.keys)
        #expect(all.subtracting(LightGBMEstimator.reserved).sorted() == [])
    }

    @Test func `every reserved name is one of LightGBM's`() throws {
        let names = try LightGBMLibrary.shared().parameterNames
        #expect(LightGBMEstimator.reserved.filter { names[$0] == nil }.sorted() == [])
    }

    @Test func `what people tune is not reserved`() {
        let free: Set = ["objective", "metric", "learning_rate", "num_leaves", "min_data_in_leaf", "feature_fraction"]
        #expect(LightGBMEstimator.reserved.isDisjoint(with: free))
    }
}
