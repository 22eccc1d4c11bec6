import MartletLearn
import Testing

@testable import MartletEngines

struct LightGBMParameterTests {
    @Test func `what a study can search is called as LightGBM calls it`() throws {
        let names = try LightGBMLibrary.shared().parameterNames
        #expect(LightGBMParameter.searchable.keys.filter { names[$0] != $0 }.sorted() == [])
    }

    @Test func `the other names are all that LightGBM has for them`() throws {
        let names = try LightGBMLibrary.shared().parameterNames
        let expected = names.filter { $0.key != $0.value && LightGBMParameter.searchable[$0.value] != nil }
        #expect(LightGBMParameter.aliases == expected)
    }

    @Test func `nothing can be searched that is reserved`() {
        #expect(LightGBMEstimator.reserved.isDisjoint(with: LightGBMParameter.searchable.keys))
    }

    @Test(arguments: [
        ("learning_rate", 0.0, false), ("learning_rate", 1e-9, true), ("num_leaves", 1, false), ("num_leaves", 2, true),
        ("bagging_fraction", 1, true), ("bagging_fraction", 1.01, false), ("top_rate", 0, true), ("max_depth", -1, true),
    ])
    func `a parameter takes what LightGBM takes`(_ name: String, _ value: Double, _ takes: Bool) throws {
        #expect(try #require(LightGBMParameter.searchable[name]).takes(value) == takes)
    }
}
