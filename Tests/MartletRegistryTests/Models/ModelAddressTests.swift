import MartletCore
import MartletTesting
import Testing

@testable import MartletRegistry

struct ModelAddressTests {
    @Test(
        arguments: DatabaseKind.all,
        [("models:/m@champion", 2), ("models:/m/1", 1), ("models:/m/latest", 3), ("models:/m/Staging", 1)] as [(String, Int64)])
    func `an address means a version`(_ kind: DatabaseKind, _ meant: (address: String, version: Int64)) async throws {
        try await kind.withRegistry { registry, _ in
            try await registry.makeModel("m", versions: 3)
            try await registry.setAlias("champion", to: ModelVersionID("m", 2))
            _ = try await registry.moveVersion(ModelVersionID("m", 1), to: "Staging")
            let found = try await registry.version(at: meant.address)
            #expect(found.version.version == meant.version)
            #expect(found.location == found.version.source)
        }
    }

    @Test(
        arguments: [
            ("models:/n@champion", "did you mean 'm'?"), ("models:/m@champ", "it has @champion (version 1)"),
            ("models:/m/7", "its newest version is 1"), ("models:/m/Production", "no version of model 'm' is in the stage"),
        ])
    func `an address that means nothing is refused with what there is`(address: String, hint: String) async throws {
        try await DatabaseKind.sqlite.withRegistry { registry, _ in
            try await registry.makeModel("m", versions: 1)
            try await registry.setAlias("champion", to: ModelVersionID("m", 1))
            let error = await #expect(throws: MartletError.self) { try await registry.version(at: address) }
            #expect(error?.code == .notFound)
            #expect(error?.message.lowercased().contains(hint.lowercased()) == true, "\(error?.message ?? "")")
        }
    }

    @Test(arguments: ["models:/m", "models:m/1", "m@champion", "models:/", "models:/a/b/c", "runs:/1/model"])
    func `what is no address is refused`(text: String) async throws {
        try await DatabaseKind.sqlite.withRegistry { registry, _ in
            let error = await #expect(throws: MartletError.self) { try await registry.version(at: text) }
            #expect(error?.code == .invalidInput)
        }
    }
}
