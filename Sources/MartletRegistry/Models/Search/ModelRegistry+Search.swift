import MartletStore

extension ModelRegistry {
    /// Models with their latest versions, tags and aliases; no prompts unless the filter asks for those.
    /// - Parameter orders: of `SearchOrder.orders`; where it is empty, by name.
    /// - Parameter limit: the most models of the page, at least 1.
    package func searchModels(
        filter: SearchFilter, orders: [SearchOrder] = [], limit: Int, offset: Int = 0, readableBy principal: Principal = .everybody
    ) async throws -> TrackingPage<RegisteredModel> {
        try await search(.registeredModels, filter, orders, limit, offset, principal) { session, part, values in
            var found: [NumberedModel] = []
            try session.connection.query(
                once: "SELECT \(NumberedModel.columns) FROM registered_models AS m \(part)", values
            ) { found.append(NumberedModel(row: $0)) }
            let page = TrackingPage(found, limit: limit)
            return TrackingPage(try session.complete(page.elements), hasMore: page.hasMore)
        }
    }

    /// Versions with their tags, without their aliases; no prompts unless the filter asks for those.
    /// - Parameter orders: of `SearchOrder.orders`; where it is empty, the last changed first.
    /// - Parameter limit: the most versions of the page, at least 1.
    package func searchVersions(
        filter: SearchFilter, orders: [SearchOrder] = [], limit: Int, offset: Int = 0, readableBy principal: Principal = .everybody
    ) async throws -> TrackingPage<ModelVersion> {
        try await search(.modelVersions, filter, orders, limit, offset, principal) { session, part, values in
            var found: [NumberedVersion] = []
            try session.connection.query(
                once: """
                    SELECT \(NumberedVersion.columns) FROM model_versions AS v JOIN registered_models AS m ON m.number = v.model \(part)
                    """, values
            ) { found.append(NumberedVersion(row: $0)) }
            let page = TrackingPage(found, limit: limit)
            return TrackingPage(try session.complete(page.elements, withAliases: false), hasMore: page.hasMore)
        }
    }

    /// Finds one more than the page may hold. - Parameter find: is given what stands behind the tables, and its values.
    private func search<Value: Sendable>(
        _ kind: SearchKind, _ filter: SearchFilter, _ orders: [SearchOrder], _ limit: Int, _ offset: Int, _ principal: Principal,
        _ find: @escaping @Sendable (TrackingSession, String, [SQLValue]) throws -> Value
    ) async throws -> Value {
        try TrackingStore.check(limit: limit)
        let orders = try orders.isEmpty ? SearchOrder.orders(parsing: [], of: kind) : orders
        return try await read { session in
            let conditions = RegistryConditions(kind, session)
            let part = SQLPart.all([try conditions.condition(filter)] + (SQLPart.models("m.name", readableBy: principal).map { [$0] } ?? []))
            return try find(
                session, "WHERE \(part.sql) ORDER BY \(conditions.terms(orders)) LIMIT ? OFFSET ?",
                part.values + [.integer(Int64(limit) + 1), .integer(Int64(max(0, offset)))])
        }
    }
}
