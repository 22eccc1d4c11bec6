package import MartletCore

/// By what found things are sorted; of things that are equal in the first order the second decides, and so on.
package struct SearchOrder: Sendable, Hashable {
    package let entity: SearchEntity
    /// The key without quotes; of an attribute its one name, never an alias.
    package let key: String
    package let isAscending: Bool
    /// Of a logged model's metric: of which data set; `nil` of any.
    package var dataset: Dataset?

    /// A data set by its name and, where that is given, its digest.
    package struct Dataset: Sendable, Hashable {
        package let name: String?
        package let digest: String?

        package init(name: String?, digest: String?) {
            self.name = name
            self.digest = digest
        }
    }

    package init(entity: SearchEntity, key: String, isAscending: Bool, dataset: Dataset? = nil) {
        self.entity = entity
        self.key = key
        self.isAscending = isAscending
        self.dataset = dataset
    }

    /// The most clauses of one search; MLflow's SQLite has no more than 64 tables in a search.
    package static let clauseCountMax = 64

    /// All orders of a search, with those behind them that MLflow adds so that no two things are equal.
    ///
    /// Things without a value are last, whether ascending or not, as are metrics that are no number (before those without).
    /// - Throws: `invalidInput` in MLflow's words.
    package static func orders(parsing clauses: [String], of kind: SearchKind) throws(MartletError) -> [SearchOrder] {
        guard clauses.count <= clauseCountMax else {
            throw MartletError(
                .invalidInput, "the search has \(clauses.count) orders, expected at most \(clauseCountMax); leave some out")
        }
        var orders: [SearchOrder] = []
        for clause in clauses { orders.append(try kind.rules.order(of: clause)) }
        return try kind.rules.completed(orders, of: clauses)
    }
}

extension [SearchOrder] {
    /// With an attribute behind, where it is not among them.
    func adding(_ attribute: String, isAscending: Bool) -> [SearchOrder] {
        if contains(where: { $0.entity == .attribute && $0.key == attribute }) { return self }
        return self + [SearchOrder(entity: .attribute, key: attribute, isAscending: isAscending)]
    }

    /// Refuses one key twice.
    func requireDistinct(of clauses: [String]) throws(MartletError) {
        var seen: Set<SearchOrder> = []
        for order in self where !seen.insert(SearchOrder(entity: order.entity, key: order.key, isAscending: true)).inserted {
            throw MartletError(.invalidInput, "`order_by` contains duplicate fields: \(PythonText.list(clauses))")
        }
    }
}
