package import MartletCore

/// One order of a search of logged models, which is a record and no clause: `order_by[]` of `logged-models/search`.
package struct LoggedModelOrder: Sendable, Hashable {
    /// A column or its alias, or `metrics.` and a name.
    package let fieldName: String
    package let isAscending: Bool
    package let datasetName: String?
    package let datasetDigest: String?

    package init(fieldName: String, isAscending: Bool = true, datasetName: String? = nil, datasetDigest: String? = nil) {
        self.fieldName = fieldName
        self.isAscending = isAscending
        self.datasetName = datasetName
        self.datasetDigest = datasetDigest
    }

    /// All orders of a search, with the time of creation and the identifier behind them.
    /// - Throws: `invalidInput` in MLflow's words.
    package static func orders(of records: [LoggedModelOrder]) throws(MartletError) -> [SearchOrder] {
        guard records.count <= SearchOrder.clauseCountMax else {
            throw MartletError(
                .invalidInput, "the search has \(records.count) orders, expected at most \(SearchOrder.clauseCountMax); leave some out")
        }
        var orders: [SearchOrder] = []
        for record in records { orders.append(try record.order()) }
        return LoggedModelSearchRules().completed(orders, of: [])
    }

    private func order() throws(MartletError) -> SearchOrder {
        let isOfAny = (datasetName ?? "").isEmpty && (datasetDigest ?? "").isEmpty
        let dataset = isOfAny ? nil : SearchOrder.Dataset(name: datasetName, digest: datasetDigest)
        return try LoggedModelSearchRules.order(field: fieldName, isAscending: isAscending, dataset: dataset)
    }
}
