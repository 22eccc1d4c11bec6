import MartletCore
import Testing

@testable import MartletRegistry

@Suite struct SearchAnswersTests {
    @Test(arguments: try SearchAnswer.recorded("filters")) func `a filter is read or refused as MLflow does it`(answer: SearchAnswer) {
        #expect(answer.filterDifference == nil)
    }

    @Test(arguments: try SearchAnswer.recorded("orders")) func `an order is read or refused as MLflow does it`(answer: SearchAnswer) {
        #expect(answer.orderDifference == nil)
    }

    /// MLflow reads filters of evaluation datasets in the store itself, where no function can be asked alone; their store's tests do.
    @Test(arguments: SearchKind.allCases.filter { $0 != .evaluationDatasets })
    func `there are answers of each kind that are read and that are refused`(kind: SearchKind) throws {
        let answers = try SearchAnswer.recorded("filters").filter { $0.kind == kind }
        #expect(answers.filter { $0.recorded["comparisons"] != nil }.count >= 10)
        #expect(answers.filter { $0.recorded["refusal"] != nil }.count >= 10)
    }
}
