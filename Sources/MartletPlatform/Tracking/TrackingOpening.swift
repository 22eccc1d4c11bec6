import MartletStore

/// Opens the database of tracking once, when somebody first asks for it.
actor TrackingOpening {
    private let home: Home
    private let project: String
    private let url: String?
    private let records: RecordStore
    /// Under way or done; whoever asks meanwhile waits for the same. It ends by itself.
    private var opening: Task<ProjectTracking, any Error>?

    init(_ home: Home, project: String, database url: String?, records: RecordStore) {
        self.home = home
        self.project = project
        self.url = url
        self.records = records
    }

    /// - Throws: as the opening of the database; then the next call tries again.
    func tracking() async throws -> ProjectTracking {
        let opening =
            opening
            ?? Task { [home, project, url, records] in
                try await ProjectTracking(try await home.openOwnTracking(at: url), home: home, project: project, records: records)
            }
        self.opening = opening
        do {
            return try await opening.value
        } catch {
            // Somebody else may have begun anew meanwhile.
            if self.opening == opening { self.opening = nil }
            throw error
        }
    }
}
