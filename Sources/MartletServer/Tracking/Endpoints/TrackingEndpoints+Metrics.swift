import MartletRegistry

extension TrackingEndpoints {
    var histories: [TrackingEndpoint] {
        [
            TrackingEndpoint(.get, "metrics/get-history", .metricHistory) { [store] fields in
                let offset = try fields.offset()
                let page = try await store.metricHistory(
                    run: fields.run, key: fields.text(.metricKey) ?? "", limit: fields.limit(.maxResults32), offset: offset)
                return JSONOutput.history(page.elements, next: page.nextToken(offset: offset))
            },
            TrackingEndpoint(.get, "metrics/get-history-bulk", .bulkMetricHistory, reach: .webPages) { [store] fields in
                JSONOutput.bulkHistory(
                    try await store.bulkMetricHistory(
                        runs: fields.texts(.historyRunIDs), key: fields.text(.metricKey),
                        limit: fields.limit(.maxResults64) ?? TrackingStore.bulkPointCountMax))
            },
            TrackingEndpoint(.get, "metrics/get-history-bulk-interval", .metricHistoryInterval) { [store] fields in
                JSONOutput.sampledHistory(
                    try await store.sampledMetricHistory(
                        runs: fields.texts(.runIDs), key: fields.text(.metricKey) ?? "", startStep: fields.integer(.startStep),
                        endStep: fields.integer(.endStep), limit: fields.limit(.maxResults32) ?? TrackingStore.sampledPointCountMax))
            },
        ]
    }
}
