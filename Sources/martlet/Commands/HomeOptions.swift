import ArgumentParser
import Foundation
import MartletCore
import MartletRegistry
import MartletS3
import MartletStore

/// What every command about a home without a project takes.
struct HomeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of the state; by default $MARTLET_HOME.", valueName: "folder"), completion: .directory)
    var home: String?

    @OptionGroup private var tracking: TrackingDatabaseOption

    /// Where tracking is; `nil` for the home's own file.
    var database: String? {
        let named = tracking.database ?? ProcessInfo.processInfo.environment["MARTLET_DATABASE_URL"] ?? ""
        return named.isEmpty ? nil : named
    }

    @Flag(help: "Print JSON for machines.")
    var json = false

    /// The home. - Throws: `invalidInput` where none is named.
    func folder() throws -> Home {
        guard let path = home ?? ProcessInfo.processInfo.environment["MARTLET_HOME"], !path.isEmpty else {
            throw MartletError(.invalidInput, "which home? name it with --home, or in MARTLET_HOME")
        }
        return Home(path: URL(filePath: path).standardizedFileURL.path)
    }

    /// Who gives commands here, for the record.
    var actor: AccessStore.Actor { AccessStore.Actor(NSUserName()) }

    /// Opens who may do what, which a server may have open as well. - Parameter makesHome: as for `withDatabase`.
    func withAccess<Result>(makesHome: Bool = false, _ body: (AccessStore) async throws -> Result) async throws -> Result {
        try await withDatabase(makesHome: makesHome) { try await body(AccessStore($0)) }
    }

    /// Opens the database, which a server may have open as well.
    /// - Parameter makesHome: whether a home that is not there is made.
    /// - Throws: `notFound` where there is none and none is made; `invalidInput` where the database is not the home's own.
    func withDatabase<Result>(makesHome: Bool = false, _ body: (any SQLDatabase) async throws -> Result) async throws -> Result {
        let home = try folder()
        guard makesHome || home.exists else {
            throw MartletError(
                .notFound,
                "there is no home at '\(home.path)'; name another one with --home, or begin it with 'martlet up --home \(home.path)'")
        }
        try home.prepare()
        let database = try await home.openOwnTracking(at: database)
        return try await closing(database.close) { try await body(database) }
    }
}

extension HomeOptions {
    /// Opens artifacts where their database says that they are.
    func withArtifacts<Result>(_ database: any SQLDatabase, _ body: (ArtifactStore) async throws -> Result) async throws -> Result {
        let home = try folder()
        let address = try await ArtifactStore.contentAddress(in: database)
        return try await home.withContent(at: address, environment: ProcessInfo.processInfo.environment) { content in
            try await body(try await ArtifactStore(database, home: home, content: content))
        }
    }
}

/// A role as a word of the command line. The role itself would show the number that it is stored as.
struct RoleWord: ExpressibleByArgument {
    let role: Role

    init(_ role: Role) { self.role = role }

    init?(argument: String) {
        guard let role = Role(argument) else { return nil }
        self.role = role
    }

    var defaultValueDescription: String { role.description }

    /// All roles, the least first.
    static var allValueStrings: [String] { Role.allCases.map(\.description) }
}

/// Where a home keeps tracking, for every command that asks for it.
struct TrackingDatabaseOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The URL of a PostgreSQL database that the home keeps tracking in; by default $MARTLET_DATABASE_URL.", valueName: "url"))
    var database: String?
}
