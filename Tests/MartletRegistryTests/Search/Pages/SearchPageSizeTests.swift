import MartletCore
import Testing

@testable import MartletRegistry

@Suite struct SearchPageSizeTests {
    @Test(arguments: SearchKind.allCases) func `sizes between one and the largest are taken`(kind: SearchKind) throws {
        #expect(try SearchPageSize.checked(1, for: kind) == 1)
        #expect(try SearchPageSize.checked(SearchPageSize.largest(for: kind), for: kind) == SearchPageSize.largest(for: kind))
        #expect(throws: MartletError.self) { try SearchPageSize.checked(SearchPageSize.largest(for: kind) + 1, for: kind) }
        #expect(throws: MartletError.self) { try SearchPageSize.checked(-1, for: kind) }
        #expect(try SearchPageSize.checked(nil, for: kind) == SearchPageSize.standard(for: kind))
    }

    @Test(arguments: [
        (SearchKind.runs, 0, "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"),
        (.experiments, 50_001, "Invalid value 50001 for parameter 'max_results' supplied. It must be at most 50000"),
        (.modelVersions, 0, "Invalid value for max_results. It must be a positive integer, but got 0"),
        (
            .runs, 50_001,
            "Invalid value 50001 for parameter 'max_results' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters."
        ),
    ])
    func `other sizes are refused in MLflow's words`(kind: SearchKind, size: Int, message: String) {
        let error = #expect(throws: MartletError.self) { try SearchPageSize.checked(size, for: kind) }
        #expect(error?.message == message)
    }
}
