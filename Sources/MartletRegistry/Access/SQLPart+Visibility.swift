import MartletStore

extension SQLPart {
    /// The experiments that somebody may read; `nil` where that is all of them.
    static func experiments(_ column: String, readableBy principal: Principal) -> SQLPart? {
        readable(column, principal) { if case .experiment(let id) = $0 { .integer(id) } else { nil } }
    }

    /// The evaluation datasets all of whose experiments somebody may read, and for which their own role counts where there are none;
    /// `nil` where that is all of them. - Parameter number: the column of the dataset's number.
    static func datasets(_ number: String, readableBy principal: Principal) -> SQLPart? {
        let column = "h.experiment"
        guard let readable = readable(column, principal, { if case .experiment(let id) = $0 { .text(String(id)) } else { nil } }) else {
            return nil
        }
        let links = "SELECT 1 FROM evaluation_dataset_experiments AS h WHERE h.dataset = \(number)"
        let hidden = SQLPart("NOT EXISTS (\(links) AND NOT (\(readable.sql)))", readable.values)
        return principal.role >= .read ? hidden : .all([hidden, SQLPart("EXISTS (\(links))")])
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
