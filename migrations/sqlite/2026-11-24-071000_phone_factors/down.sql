DROP TABLE phone_factors;
