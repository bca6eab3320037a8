risk-mail-blocked-subject = { $tenant } へのサインインを阻止しました
risk-mail-blocked-text = { $tenant } のアカウントに、正しいパスワードによるサインインがありましたが、通常と異なるため許可されませんでした。
risk-mail-blocked-what-to-do = ご本人の操作であれば、いつもサインインしている場所から後でもう一度お試しになるか、{ $tenant } にお問い合わせください。心当たりがない場合は、パスワードが誰かに知られています。変更してください。
