import Foundation
package import MartletCore

/// The token of a page of logged models, which holds the whole search as MLflow's does: it is good for the same search only.
package struct LoggedModelPageToken: Sendable, Hashable {
    package let experimentIDs: [String]
    /// The filter's text; `nil` where there is none.
    package let filter: String?
    package let orders: [LoggedModelOrder]
    /// How many logged models the pages before hold; not negative.
    package let offset: Int

    package init(experimentIDs: [String], filter: String?, orders: [LoggedModelOrder], offset: Int) {
        self.experimentIDs = experimentIDs
        self.filter = filter.flatMap { $0.isEmpty ? nil : $0 }
        self.orders = orders
        self.offset = max(0, offset)
    }

    /// The offset in a token of the same search. - Throws: `invalidInput` in MLflow's words where it is of another.
    package static func offset(
        parsing token: String, experimentIDs: [String], filter: String?, orders: [LoggedModelOrder]
    ) throws(MartletError) -> Int {
        let search = LoggedModelPageToken(experimentIDs: experimentIDs, filter: filter, orders: orders, offset: 0)
        let found = try parsed(token)
        let (ids, foundIDs) = (PythonText.value(search.json("experiment_ids")), PythonText.value(found["experiment_ids"] ?? .null))
        guard ids == foundIDs else { throw search.mismatch("Experiment IDs", "experiment IDs", ids, foundIDs) }
        guard search.filter == found["filter_string"]?.string.flatMap({ $0.isEmpty ? nil : $0 }) else {
            throw search.mismatch("Filter string", "filter string", search.filter ?? "None", found["filter_string"]?.string ?? "None")
        }
        let foundOrders = found["order_by"].map { $0 == .array([]) ? .null : $0 } ?? .null
        guard search.json("order_by") == foundOrders else {
            let expected = PythonText.value(search.json("order_by"))
            throw search.mismatch("Order by", "order by", expected, PythonText.value(foundOrders))
        }
        return max(0, found["offset"]?.int.flatMap { Int(exactly: $0) } ?? 0)
    }

    private static func parsed(_ token: String) throws(MartletError) -> JSONValue {
        guard token.utf8.count <= PageToken.lengthMaxBytes, let decoded = PythonBase64.decoded(token) else {
            throw MartletError(.invalidInput, "Invalid page token, could not base64-decode")
        }
        do {
            return try JSONValue(parsing: decoded, as: "page token")
        } catch {
            throw MartletError(.invalidInput, "Invalid page token: \(token). \(error)")
        }
    }

    private func mismatch(_ subject: String, _ request: String, _ expected: String, _ found: String) -> MartletError {
        let verb = subject == "Experiment IDs" ? "do" : "does"
        return MartletError(
            .invalidInput,
            "\(subject) in the page token \(verb) not match the requested \(request). Expected: \(expected). Found: \(found)")
    }

    private func json(_ member: String) -> JSONValue {
        switch member {
        case "experiment_ids": .array(experimentIDs.map { .string($0) })
        case "filter_string": filter.map { .string($0) } ?? .null
        case "order_by": orders.isEmpty ? .null : .array(orders.map(\.json))
        default: .integer(Int64(offset))
        }
    }

    /// The token's text. It grows with the search: refuse searches whose tokens would be longer than `PageToken.lengthMaxBytes`.
    package var text: String {
        let members = ["experiment_ids", "filter_string", "order_by", "offset"]
        let json = JSONValue.object(Dictionary(uniqueKeysWithValues: members.map { ($0, self.json($0)) }))
        return Data(json.canonicalText.utf8).base64EncodedString()
    }
}

extension LoggedModelOrder {
    /// As MLflow's REST layer passes it on.
    fileprivate var json: JSONValue {
        let text = { (text: String?) -> JSONValue in text.flatMap { $0.isEmpty ? nil : .string($0) } ?? .null }
        return [
            "field_name": .string(fieldName), "ascending": .boolean(isAscending), "dataset_name": text(datasetName),
            "dataset_digest": text(datasetDigest),
        ]
    }
}
