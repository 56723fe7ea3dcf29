from app.passwords import hash_password, verify_password


def test_a_hash_verifies_the_password_that_it_was_made_from_and_no_other():
    stored = hash_password("correct horse")
    assert verify_password("correct horse", stored)
    assert not verify_password("wrong horse", stored)


def test_the_same_password_gives_another_hash_each_time():
    assert hash_password("correct horse") != hash_password("correct horse")


def test_a_stored_value_of_an_unknown_scheme_verifies_nothing():
    assert not verify_password("correct horse", "correct horse")
