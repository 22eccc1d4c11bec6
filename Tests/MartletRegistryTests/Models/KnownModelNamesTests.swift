import Testing

@testable import MartletRegistry

@Suite struct KnownModelNamesTests {
    private let id = RegisteredModelID(number: 1, createdAt: 2)

    @Test func `a name is known until a model is renamed`() {
        let names = KnownModelNames()
        names.remember("price", of: id, asOf: names.change)
        #expect(names[id] == "price")
        #expect(names[RegisteredModelID(number: 1, createdAt: 3)] == nil)
        names.forget()
        #expect(names[id] == nil)
    }

    @Test func `a name that was read before a rename is not remembered behind it`() {
        let names = KnownModelNames()
        let change = names.change
        names.forget()
        names.remember("price", of: id, asOf: change)
        #expect(names[id] == nil)
    }
}
