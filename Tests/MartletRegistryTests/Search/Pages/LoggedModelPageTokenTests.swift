import MartletCore
import Testing

@testable import MartletRegistry

@Suite struct LoggedModelPageTokenTests {
    private static let orders = [LoggedModelOrder(fieldName: "metrics.a", isAscending: false, datasetName: "iris")]
    private static let token = LoggedModelPageToken(experimentIDs: ["1", "2"], filter: "name = 'x'", orders: orders, offset: 50)

    private func refusal(ids: [String] = ["1", "2"], filter: String? = "name = 'x'", orders: [LoggedModelOrder] = orders) -> String? {
        let error = #expect(throws: MartletError.self) {
            try LoggedModelPageToken.offset(parsing: Self.token.text, experimentIDs: ids, filter: filter, orders: orders)
        }
        return error?.message
    }

    @Test func `a token of the same search gives its offset`() throws {
        let offset = try LoggedModelPageToken.offset(
            parsing: Self.token.text, experimentIDs: ["1", "2"], filter: "name = 'x'", orders: Self.orders)
        #expect(offset == 50)
    }

    @Test func `a token that MLflow wrote is read`() throws {
        // {"experiment_ids": ["0"], "filter_string": null, "order_by": null, "offset": 1}
        let token = "eyJleHBlcmltZW50X2lkcyI6IFsiMCJdLCAiZmlsdGVyX3N0cmluZyI6IG51bGwsICJvcmRlcl9ieSI6IG51bGwsICJvZmZzZXQiOiAxfQ=="
        #expect(try LoggedModelPageToken.offset(parsing: token, experimentIDs: ["0"], filter: nil, orders: []) == 1)
    }

    @Test func `a token of another search is refused in MLflow's words`() {
        #expect(
            refusal(ids: ["1"])
                == "Experiment IDs in the page token do not match the requested experiment IDs. Expected: ['1']. Found: ['1', '2']")
        #expect(
            refusal(filter: nil)
                == "Filter string in the page token does not match the requested filter string. Expected: None. Found: name = 'x'")
        #expect(
            refusal(orders: [])?.hasPrefix("Order by in the page token does not match the requested order by. Expected: None. ") == true)
    }

    @Test(arguments: ["A", "YWJj", "e30="]) func `what is no token is refused`(token: String) {
        #expect(throws: MartletError.self) {
            try LoggedModelPageToken.offset(parsing: token, experimentIDs: ["1"], filter: nil, orders: [])
        }
    }
}
