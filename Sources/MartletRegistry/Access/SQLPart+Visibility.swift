import MartletStore

extension SQLPart {
    /// The experiments that somebody may read; `nil` where that is all of them.
    static func experiments(_ column: String, readableBy principal: Principal) -> SQLPart? {
        readable(column, principal) { if case .experiment(let id) = $0 { .integer(id) } else { nil } }
    }

    /// The registered models that somebody may read; `nil` where that is all of them.
    static func models(_ column: String, readableBy principal: Principal) -> SQLPart? {
        readable(column, principal) { if case .model(let name) = $0 { .text(name) } else { nil } }
    }

    private static func readable(_ column: String, _ principal: Principal, _ value: (AccessSubject) -> SQLValue?) -> SQLPart? {
        guard !principal.readsEverything else { return nil }
        let readsOthers = principal.role >= .read
        let exceptions = principal.grants.compactMap { ($0.value >= .read) == readsOthers ? nil : value($0.key) }
        guard !exceptions.isEmpty else { return readsOthers ? nil : .never }
        return SQLPart("\(column) \(readsOthers ? "NOT IN" : "IN") (\(NumberList.placeholders(exceptions.count)))", exceptions)
    }
}
