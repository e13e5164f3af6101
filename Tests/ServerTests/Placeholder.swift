@testable import CairnServer
